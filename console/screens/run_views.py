"""From a run, in memory or on record, to what its screen shows. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from config.guide import trigger_rules
from config.model import Deployment
from console.clean import clean
from console.domain.state import State
from console.domain.state_rollback import (
    Notice,
    Rollback,
    RunState,
    Step,
    SuspensionRun,
    fired_too_words,
    joined_words,
)
from console.domain.times import clock_text, iso
from console.room import Run
from console.screens.moments import planned
from widgets import glyphs
from widgets.format import ago, duration, stopwatch
from widgets.labelled import Told
from widgets.line import Tone, dotted

NONE = "—"
# Sign, words and tone of each, and what its reason ends in where it says the same itself.
METRICS: dict[str, tuple[str, str, Tone, str]] = {
    "left": (glyphs.OK, "left the danger zone", "good", "left the danger zone"),
    "not-yet": (glyphs.TOO_FEW, "not yet out of the danger zone", "warn", "not yet"),
    "unknown": (glyphs.UNKNOWN, "unknown", "warn", "known"),
}
DONE = "verified"


class Seen(msgspec.Struct, frozen=True):
    """A run as it is shown: times are unix seconds, `elapsed` and `budget` are seconds.

    `notices` say, by person, what came of telling them. `target` is what a rollback restores, or
    what becomes of the users of what is suspended.
    """

    id: str
    title: str
    target: str
    by: str
    state: RunState
    why: str
    elapsed: float
    budget: float
    steps: list[Step]
    ordered: float
    trigger: str = ""
    first_true: float | None = None
    detected: float | None = None
    executed: float | None = None
    verified: float | None = None
    metric: str = "none"
    metric_why: str = ""
    notices: Mapping[str, str] = {}
    attached: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    captured: Mapping[str, str] = {}
    unjournalled: str = ""
    fallback: str = ""

    @property
    def asked(self) -> list[Step]:
        """The steps that wait for a person's word; once it is over, firing again asks anew."""
        return [s for s in self.steps if s.state == "asked"] if self.state == "running" else []

    @property
    def residual(self) -> list[Step]:
        """The steps that are left to do by hand, or to be seen done; none while it runs."""
        return [] if self.state == "running" else [s for s in self.steps if s.state != DONE]


def seen_rollback(
    run: Run | None, held: Rollback | None, deployment: Deployment, now: float, monotonic: float
) -> Seen | None:
    """The rollback to show: the run where there is one, with what the journal knows besides.

    Another console may have rolled back since this one did: the journal's latest stands then.
    """
    if run is not None and held is not None and held.id != run.id and run.state != "running":
        run = None
    if run is not None:
        known = held if held is not None and held.id == run.id else None
        return _from_run(run, known, deployment, now, monotonic)
    return None if held is None else _from_record(held, deployment, now)


def seen_suspension(
    run: Run | None, held: SuspensionRun | None, deployment: Deployment, now: float, mono: float
) -> Seen | None:
    """The suspension to show; as `seen_rollback`."""
    if run is not None and held is not None and held.id != run.id and run.state != "running":
        run = None
    if run is not None:
        known = held if held is not None and held.id == run.id else None
        seen = _from_run(run, None, deployment, now, mono)
        if known is None:
            return seen
        notices = {**_told(known.notices), **run.notices}
        return msgspec.structs.replace(seen, target=known.users, notices=notices, by=known.by)
    if held is None:
        return None
    return Seen(
        id=held.id,
        title=held.title,
        target=held.users,
        by=held.by,
        state=held.state,
        why=held.outcome_why or held.why,
        elapsed=held.seconds if held.seconds is not None else now - held.at,
        budget=float(deployment.rollback.budget_s),
        steps=held.steps,
        ordered=held.at,
        notices=_told(held.notices),
    )


def _from_run(
    run: Run, held: Rollback | None, deployment: Deployment, now: float, monotonic: float
) -> Seen:
    end = run.ended if run.ended is not None else monotonic
    ordered = held.triggered_at if held is not None else now - (monotonic - run.started)
    executed = run.times.executed
    verified = held.verified_at if held is not None else None
    if verified is None and run.state == DONE:
        verified = ordered + end - run.started
    attached = [*map(fired_too_words, run.attached), *(_attached(held) if held is not None else ())]
    told = held if held is not None and held.metric != "none" else run
    return Seen(
        id=run.id,
        title=run.title,
        target=run.target,
        by=_by(held),
        state=run.state,
        why=run.why,
        elapsed=end - run.started,
        budget=run.budget_s,
        steps=run.steps,
        ordered=ordered,
        trigger=run.trigger,
        first_true=held.first_true if held is not None else None,
        detected=held.detected if held is not None else None,
        executed=executed,
        verified=verified,
        metric=told.metric,
        metric_why=told.metric_why,
        notices={**(_told(held.notices) if held is not None else {}), **run.notices},
        attached=tuple(dict.fromkeys(attached)),
        calls=held.calls if held is not None else (),
        captured=held.captured if held is not None else {},
        unjournalled=run.unjournalled,
        fallback=run.fallback or deployment.rollback.fallback,
    )


def _from_record(held: Rollback, deployment: Deployment, now: float) -> Seen:
    return Seen(
        id=held.id,
        title="",
        target=held.target,
        by=_by(held),
        state=held.state,
        why=held.outcome_why,
        elapsed=held.seconds if held.seconds is not None else now - held.triggered_at,
        budget=float(deployment.rollback.budget_s),
        steps=held.steps,
        ordered=held.triggered_at,
        trigger=held.trigger,
        first_true=held.first_true,
        detected=held.detected,
        executed=held.executed_at,
        verified=held.verified_at,
        metric=held.metric,
        metric_why=held.metric_why,
        notices=_told(held.notices),
        attached=_attached(held),
        calls=held.calls,
        captured=held.captured,
        fallback=deployment.rollback.fallback,
    )


def _attached(held: Rollback) -> tuple[str, ...]:
    """The triggers that were fired besides, here or where nobody knew of this one."""
    return (*map(fired_too_words, held.attached), *(joined_words(one) for one in held.joined))


def _by(held: Rollback | None) -> str:
    if held is None:
        return ""
    behalf = f" on behalf of {held.on_behalf_of}" if held.on_behalf_of else ""
    return f"{held.by}{behalf}"


def _told(notices: Mapping[str, Notice]) -> dict[str, str]:
    told = {}
    for person, notice in notices.items():
        tries = f", try {notice.tries}" if notice.tries > 1 else ""
        told[person] = f"{notice.outcome}: {notice.detail}{tries}"
    return told


def rollback_rows(seen: Seen, state: State, now: float) -> tuple[Told, ...]:
    """All that is told of a rollback below its steps."""
    rule = next((rule for rule in trigger_rules() if rule.id == seen.trigger), None)
    computed = rule is not None and rule.metric is not None
    rows: list[Told] = [_unjournalled(seen)]
    rows.append(("back to", ((_line(seen.target), "strong"),)))
    because = dotted(seen.trigger, f"ordered by {_line(seen.by, 80)}" if seen.by else "")
    rows.append(("because", ((_line(because), ""), *_calls(seen))))
    rows.append(("attached", tuple((_line(one, 200), "warn") for one in seen.attached)))
    rows += _times(seen, computed=computed)
    rows.append(("metric", (_metric(seen, computed=computed),)))
    rows.append(("proof", ((_line(seen.why), "muted"),)))
    rows.append(("told", _notices(seen)))
    rows.append(("owed", _duties(seen, state, now)))
    if seen.fallback or seen.state in {"partial", "unknown"}:
        named = _line(seen.fallback) or f"{NONE} none is named: [rollback] fallback in warroom.toml"
        rows.append(("fallback", ((named, "strong" if seen.fallback else "warn"),)))
    return (*rows, _by_hand(seen))


def suspension_rows(seen: Seen, now: float) -> tuple[Told, ...]:
    """All that is told of a suspension below its steps."""
    return (
        _unjournalled(seen),
        ("suspends", ((_line(seen.title), "strong"),)),
        ("users", ((_line(seen.target), ""),)),
        ("ordered", ((_moment(seen.ordered, f"{ago(now - seen.ordered)}"), ""),)),
        ("proof", ((_line(seen.why), "muted"),)),
        ("told", _notices(seen)),
        _by_hand(seen),
    )


def _unjournalled(seen: Seen) -> Told:
    why = f" UNJOURNALED: {_line(seen.unjournalled)} " if seen.unjournalled else ""
    return ("record", ((why, "alarm"),))


def _by_hand(seen: Seen) -> Told:
    left = len(seen.residual)
    if not left:
        return ("by hand", ())
    steps = "step is" if left == 1 else "steps are"
    said = f"{left} {steps} not verified: y copies every command above"
    again = "; F9 fires what is not verified again" if seen.trigger else ""
    return ("by hand", ((said + again, "bad"),))


def _calls(seen: Seen) -> tuple[tuple[str, Tone], ...]:
    if not seen.calls:
        return ()
    named = ", ".join(_line(call, 60) for call in seen.calls[:6])
    more = f" and {len(seen.calls) - 6} more" if len(seen.calls) > 6 else ""
    kept = sum(bool(sha) for sha in seen.captured.values())
    said = f"; {kept} of {len(seen.captured)} kept in evidence/" if seen.captured else ""
    return ((f"calls {named}{more}{said}", "muted"),)


def _times(seen: Seen, *, computed: bool) -> list[Told]:
    """The five times, each as clock and distance from the order."""
    untrue = unseen = "declared by a person, the console computes nothing of it"
    if computed:
        untrue = "it was not true in the data when this was ordered"
        unseen = untrue if seen.first_true is None else "no watcher had put it on record"
    why = _line(seen.why, 200)
    steps = "the steps are not over" if seen.state == "running" else "not on record"
    proof = "not yet" if seen.state == "running" else f"{seen.state}: {why}"
    return [
        ("true from", (_time(seen, seen.first_true, untrue),)),
        ("detected", (_time(seen, seen.detected, unseen),)),
        ("ordered", ((_moment(seen.ordered, "the stopwatch starts"), ""),)),
        ("executed", (_time(seen, seen.executed, steps),)),
        ("verified", (_time(seen, seen.verified, proof),)),
    ]


def _time(seen: Seen, moment: float | None, why: str) -> tuple[str, Tone]:
    if moment is None:
        return (f"{NONE} {why}", "muted")
    apart = moment - seen.ordered
    far = f"+{stopwatch(apart)}" if apart >= 0 else f"{duration(-apart)} before the order"
    return (_moment(moment, far), "")


def _moment(moment: float, far: str) -> str:
    return f"{iso(moment)[:10]} {clock_text(moment)}  {far}"


def _metric(seen: Seen, *, computed: bool) -> tuple[str, Tone]:
    """Whether the trigger's metric has left the danger zone in the calls since."""
    if seen.metric in METRICS:
        sign, word, tone, told = METRICS[seen.metric]
        why = _line(seen.metric_why)
        said = why if why.endswith(told) else f"{word}: {why}".removesuffix(": ")
        return (f"{sign} {said}", tone)
    if not computed:
        return (f"{NONE} a person declared the trigger: no metric says that it is over", "muted")
    yet = " yet" if seen.state == "running" else ""
    return (f"{NONE} not looked at{yet}", "muted")


def _notices(seen: Seen) -> tuple[tuple[str, Tone], ...]:
    rows: list[tuple[str, Tone]] = []
    for person, said in seen.notices.items():
        mark, tone = _notice_look(said)
        rows.append((f"{mark} {_line(person, 40)}  {_line(said, 200)}", tone))
    return tuple(rows) or ((f"{NONE} nobody yet", "muted"),)


def _notice_look(said: str) -> tuple[str, Tone]:
    if said.startswith("delivered"):
        return glyphs.OK, "good"
    return (glyphs.FAILED, "bad") if said.startswith("failed") else (glyphs.NEXT, "warn")


def _duties(seen: Seen, state: State, now: float) -> tuple[tuple[str, Tone], ...]:
    rows: list[tuple[str, Tone]] = []
    for duty in state.duties.values():
        if not duty.id.endswith(f"-{seen.id}"):
            continue
        title, left = _line(duty.title, 100), duty.due - now
        if duty.done_at is not None:
            rows.append((f"{glyphs.OK} {title}, by {_line(duty.done_by, 40)}", "good"))
            continue
        due = f"in {duration(left)}" if left > 0 else f"OVERDUE by {duration(-left)}"
        rows.append((f"{title}: due {planned(duty.due, now)}, {due}",
                     "" if left > 0 else "bad"))  # fmt: skip
    return tuple(rows)


def residual_text(seen: Seen) -> str:
    """What is left to do by hand, as lines for a shell: comments and commands."""
    state = f"{seen.id}: {seen.state}" + (f", {_line(seen.why)}" if seen.why else "")
    lines = [f"# {state}", f"# back to {_line(seen.target)}" if seen.trigger else "#"]
    for number, step in enumerate(seen.residual, 1):
        said = f" ({_line(step.detail, 300)})" if step.detail else ""
        lines += ["", f"# {number}. {_line(step.title)}: {step.state}{said}"]
        whole = 12 * len(step.manual)  # a command is never cut: a part of one may do harm
        lines.append(clean(step.manual, whole, lines=True) or "# no command is named")
    if seen.fallback:
        lines += ["", f"# fallback: {_line(seen.fallback)}"]
    return "\n".join(lines) + "\n"


def file_name(seen: Seen) -> str:
    """The name of the file that holds the residual; the id may come from another machine."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in seen.id)
    return f"residual-{safe[:80]}.txt"


def _line(text: str, most: int = 500) -> str:
    return clean(" ".join(text.split()) if text else "", most)


def steps_text(steps: Iterable[Step]) -> tuple[tuple[str, str, str, str], ...]:
    """Each step as title, state, detail and the command by hand."""
    return tuple(
        (clean(s.title), s.state, clean(s.detail, 300), clean(s.manual, 1000)) for s in steps
    )
