"""A blameless post-mortem, filled from the timeline (Guide 6.4).

`postmortem` gathers what is on record; `postmortem_document` writes it down, with the questions
that people answer.
"""

import shlex

import msgspec

from console.domain.duties import owners
from console.domain.incident_log import Moment, timeline
from console.domain.incidents import captured_of, severity_words, still_owed
from console.domain.postmortem import WHERE
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_incident import Incident, PostMortem
from console.domain.state_rollback import Rollback
from console.domain.times import iso, span
from console.domain.words import counted
from console.reports.document import (
    Block,
    Code,
    Document,
    Heading,
    Listing,
    Paragraph,
    Table,
    table_or,
)
from console.reports.golive.document_parts import date
from console.reports.ground import About, Ground, Options, about, about_lines

TO_FILL = "(to be written)"
NONE = "–"


class FailingInput(msgspec.Struct, frozen=True):
    """A call that the incident is about, its evidence, "" without one, and how it was judged."""

    call: str
    evidence: str
    judged: str


class PostMortemReport(msgspec.Struct, frozen=True, tag_field="kind", tag="postmortem"):
    """What is on record of one incident; `outputs` is None until they are recorded.

    `facts` are (name, value); `owed` are sentences.
    """

    about: About
    incident: str
    title: str
    facts: tuple[tuple[str, str], ...]
    moments: tuple[Moment, ...]
    inputs: tuple[FailingInput, ...]
    outputs: PostMortem | None
    owed: tuple[str, ...]
    command: str


def incident_for(state: State, name: str = "") -> Incident:
    """The incident `name` (its id, or its rollback's), or the one whose post-mortem is owed first.

    Raises `Refused` where there is none.
    """
    if name:
        found = state.incidents.get(name) or _of_rollback(state, name)
        if found is None:
            known = ", ".join(state.incidents) or "none was opened"
            raise Refused(f"there is no incident {name} (one of: {known})")
        return found
    for rollback in state.rollbacks.values():
        held = _of_rollback(state, rollback.id)
        if not rollback.postmortem and held is not None:
            return held
    grave = [one for one in state.incidents.values() if one.severity <= 2 and not one.rollback]
    open_ones = [one for one in grave if not one.postmortem]
    if open_ones or grave:
        return (open_ones or grave[-1:])[0]
    if state.incidents:
        return next(reversed(state.incidents.values()))
    raise Refused("no incident is on record: there is nothing to write of")


def _of_rollback(state: State, rollback: str) -> Incident | None:
    return next((one for one in state.incidents.values() if one.rollback == rollback), None)


def postmortem(ground: Ground, incident: Incident) -> PostMortemReport:
    """What is known of `incident` at the ground's moment."""
    state = ground.state
    rollback = state.rollbacks.get(incident.rollback)
    kept = captured_of(state, incident)
    calls = dict.fromkeys((*(rollback.calls if rollback else ()), *incident.calls, *kept))
    judged = {call: one.verdict for each in state.judged.values() for call, one in each.items()}
    outputs = [
        one
        for one in state.postmortems
        if (incident.rollback and one.rollback == incident.rollback) or one.incident == incident.id
    ]
    command = [
        *("warroom", "postmortem", ground.directory, "--incident", shlex.quote(incident.id)),
        *("--root-cause", "…", "--change", "…", "--where", "prompt"),
        *("--timeline", "…", "--cases", "N"),
    ]
    return PostMortemReport(
        about(ground),
        incident.id,
        incident.title,
        incident_facts(incident, rollback, ground.now),
        tuple(timeline(ground.entries, incident)),
        tuple(FailingInput(call, kept.get(call, ""), judged.get(call, "")) for call in calls),
        outputs[-1] if outputs else None,
        tuple(
            f"{one.title}: {one.clock}, due {iso(one.due)}, "
            f"{', '.join(owners(ground.deployment, one)) or one.owner or 'nobody'} ({one.id})"
            for one in still_owed(state, incident, ground.now)
        ),
        " ".join(command),
    )


def incident_facts(
    incident: Incident, rollback: Rollback | None, now: float
) -> tuple[tuple[str, str], ...]:
    """What is on record of it, as (name, value); of its rollback the five times too."""
    end = incident.closed_at
    told = [
        ("Incident", incident.id),
        ("Severity", severity_words(incident.severity)),
        ("Opened", f"{iso(incident.opened_at)} by {incident.by}"),
        ("Closed", f"{iso(end)}, {incident.resolution}" if end is not None else "open"),
        ("Lasted", span((end if end is not None else now) - incident.opened_at)),
        ("Lead, scribe", f"{incident.lead or 'nobody'}, {incident.scribe or 'nobody'}"),
        ("Trigger", incident.trigger or "none"),
        ("Status updates", str(len(incident.updates))),
    ]
    if rollback is not None:

        def at(moment: float | None) -> str:
            return "unknown" if moment is None else iso(moment)

        told += [
            ("Rollback", f"{rollback.id} to {rollback.target}: {rollback.state}"),
            ("True in the data", at(rollback.first_true)),
            ("Detected", at(rollback.detected)),
            ("Ordered", f"{at(rollback.triggered_at)} by {rollback.by}"),
            ("Executed", at(rollback.executed_at)),
            ("Verified", at(rollback.verified_at)),
        ]
    return tuple(told)


def made(ground: Ground, options: Options) -> tuple[PostMortemReport, Document]:
    """See `kinds.Kind`."""
    facts = postmortem(ground, incident_for(ground.state, options.incident))
    return facts, postmortem_document(facts)


def postmortem_document(report: PostMortemReport) -> Document:
    """The template: the record's part filled in, the people's part asked for."""
    out = report.outputs
    return Document(
        f"Post-mortem: {report.title}",
        (
            Paragraph(
                "Blameless: it asks what made this possible, not who did it. Everybody acted "
                "sensibly on what they knew. Times are UTC."
            ),
            _status(report),
            Heading("What happened"),
            Table(("What", "As on record"), told_facts(report.facts)),
            *_asked("Who was affected, how many, and how badly?"),
            Heading("Timeline"),
            timeline_blocks(report.moments),
            Heading("Failing inputs"),
            Paragraph(
                "Each becomes a case of the test set before anything is deployed again. Their "
                "texts are in evidence/; warroom export cases writes them for an evaluation tool."
            ),
            table_or(
                ("Call", "Evidence (SHA-256)", "Judged"),
                [(one.call, one.evidence[:16] or "not captured", one.judged or NONE)
                 for one in report.inputs],
                "No call is linked to it.",
            ),
            Heading("1. The specific root cause"),
            *_output(
                out.root_cause if out else None,
                'Which input, configuration or infrastructure condition caused it? "The agent '
                'failed" is no cause. Ask why until the answer is something that can be changed.',
            ),
            Heading("2. The specific change"),
            *_output(
                _change(out) if out else None,
                f"What is changed, in which of {', '.join(WHERE.values())}? Who does it, by when, "
                "and what shows that it works?",
            ),
            Heading("3. The revised timeline"),
            *_output(
                out.timeline if out else None,
                "On which day does the dark launch come again (the rollout starts from there, not "
                "from where it failed)? Or: no re-deployment, and why.",
            ),
            Heading("What else there is to learn"),
            *_asked("What went well, and what was luck?"),
            *_asked("What would have shown it sooner: which metric, alert or sample?"),
            *_asked("What in this record or in the console stood in the way?"),
            Heading("Still owed"),
            Listing(report.owed) if report.owed else Paragraph("Nothing is owed for it."),
            Heading("To put the outputs on record"),
            Code(report.command),
            Heading("What this was made from"),
            Listing(about_lines(report.about)),
        ),
    )  # fmt: skip


def _status(report: PostMortemReport) -> Block:
    if report.outputs is None:
        return Paragraph("Its three outputs are NOT on record yet.", strong=True)
    out = report.outputs
    cases = counted(out.cases, "failing input")
    return Paragraph(f"On record since {iso(out.at)} by {out.by}; {cases} became test cases.")


def _change(out: PostMortem) -> str:
    where = ", ".join(WHERE.get(one, one) for one in out.where)
    return f"{out.change} (made to {where})" if where else out.change


def _output(said: str | None, question: str) -> list[Block]:
    return [Paragraph(said)] if said else _asked(question)


def _asked(question: str) -> list[Block]:
    return [Paragraph(question), Paragraph(TO_FILL)]


def told_facts(facts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Facts with their times as people read them."""
    return tuple((name, date(value)) for name, value in facts)


def timeline_blocks(moments: tuple[Moment, ...]) -> Block:
    """The timeline as a table, with both times of what was recorded late."""
    return table_or(
        ("Happened", "Recorded", "Who", "What"),
        [
            (
                date(iso(one.occurred)),
                date(iso(one.recorded)) if one.late else "at once",
                one.by,
                f"{one.kind}: {one.text}{_corrections(one)}",
            )
            for one in moments
        ],
        "Nothing is on record.",
    )


def _corrections(one: Moment) -> str:
    said = f" [corrects {one.corrects}]" if one.corrects else ""
    return said + "".join(f" [corrected by {other}]" for other in one.corrected_by)
