"""The gate's dialog: everything in view, then advance or hold (Guide 4.2)."""

from typing import ClassVar, Literal

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from console.clean import clean
from console.domain.checklist import few
from console.domain.commands import DecideGate, DocumentBaseline
from console.domain.gates import evaluate, proposal_of
from console.domain.meanwhile import decided_since, told
from console.domain.refused import Refused
from console.domain.times import clock_text
from console.domain.words import entry_words, rule_words
from console.room import Decided, PastRoom, Picture, WarRoom
from console.screens import views
from console.screens.dialogs import BACK, COPY, HELP, Dialog
from widgets.format import ago, duration, percent
from widgets.gate import GateTable
from widgets.keybar import KeyBar
from widgets.line import dotted
from widgets.oneline import OneLine
from widgets.words import Words

REST = 13  # rows of the dialog besides its two tables, with a choice made and words about it


def missing_content(picture: Picture) -> Content:
    """What keeps the gate shut, whose agreement it waits for, cautions, what to do if it fails."""
    gate = picture.gate
    to = gate.to.label if gate.to else "anything"
    if not gate.missing:
        rows = [Content.styled(f"✓ nothing is missing: the gate to {to} is open", "$text-success")]
        if gate.waits_for:
            rows.append(_line("…", clean(gate.waits_for, 300), "$text-primary"))
    else:
        rows = [Content.styled(f"Missing before {to}:", "bold")]
        rows += [_line("✗", clean(why, 300), "$text-warning") for why in gate.missing]
    rows += [
        _line("!", f"caution: {clean(caution, 300)}", "$text-warning") for caution in gate.cautions
    ]
    failed = any(one.verdict == "not-met" for one in gate.criteria)
    if failed and not gate.left_s and (rule := picture.phase_rule) is not None:
        rows.append(Content.styled("If the gate fails: ", "bold") + Content(rule.on_fail))
        rows.append(Content("  r in the gate's dialog starts it: it arms the rollback"))
    return Content("\n").join(rows)


def ground_content(picture: Picture) -> Content:
    """What a gate is decided on besides its criteria: time, brief, alerts, feeds."""
    state, gate = picture.state, picture.gate
    brief = state.briefs.get(state.attempt.id)
    last = gate.to is None or gate.to.phase == "stable"
    told = "" if last else "not briefed"
    if brief is not None:
        how = f", {clean(brief.how, 60)}" if brief.how else ""
        told = f"briefed {ago(picture.now - brief.at)}{how}"
    alerts = few([rule_words(clean(alert.rule, 60)) for alert in state.firing])
    parts = [
        f"{duration(gate.elapsed_s)} of {duration(gate.dwell_s)}" if gate.dwell_s else "",
        told,
        f"open alerts: {alerts}" if alerts else "no alert is open",
        f"feeds {picture.freshness.state} {views.freshness_text(picture.freshness)}",
        f"blind {percent(picture.facts.blind, 1)}",
    ]
    return Content.styled(dotted(*parts), "$text-muted")


def decided_content(decided: Decided, several: bool) -> Content:
    """What the entry says, and where the record gives other figures. `several` have written."""
    entry = decided.entry
    told = f"{entry.kind} by {clean(entry.actor.name, 40)}: {clean(entry_words(entry), 1000)}"
    writer = f" of {clean(entry.writer, 60)}" if several else ""
    rows = [
        Content.styled(told, "bold"),
        Content(f"entry {entry.seq}{writer}, {entry.h[:16]}"),
    ]
    if not decided.differing:
        rows.append(_line("✓", "reckoned again from the record: the same", "$text-success"))
    rows += [
        _line("≠", f"{name}: {clean(why, 300)}", "$text-warning")
        for name, why in decided.differing.items()
    ]
    return Content("\n").join(rows)


def _line(mark: str, text: str, style: str) -> Content:
    return Content.styled(f"  {mark} ", style) + Content(text)


BASELINE = "accuracy, p95 in seconds, cost per call: source, such as: 0.92 2.1 0.02: claims team"


def baseline_from(text: str) -> DocumentBaseline:
    """The baseline that a line such as `0.92 2.1 na: claims team` means, or `Refused`."""
    numbers, colon, source = text.partition(":")
    words = numbers.replace(",", " ").split()
    try:
        values = [None if word.lower() in {"na", "n/a"} else float(word) for word in words]
        accuracy, latency_p95, cost_per_call = values
    except ValueError:
        raise Refused(f"write {BASELINE} (na where a number does not apply)") from None
    if not colon:
        raise Refused("say where the numbers come from, behind a colon")
    return DocumentBaseline(accuracy, latency_p95, cost_per_call, clean(source.strip(), 2000))


Asked = Literal["brief", "baseline", "satisfaction", "rollback", "assess"]


class GateDialog(Dialog[DecideGate | Asked | None]):
    """Shows the criteria; `v` advances or agrees, `h` holds; the reason is typed before Enter.

    What is on the screen when a choice is made stays there, and goes on record with the decision.
    `r` goes to the guard. What a gate often lacks is asked for from here: the brief, how the users
    take it, the baseline.
    """

    CSS_PATH = "gate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        COPY,
        HELP,
        Binding("v", "choose('advance')", "Advance", id="gate.advance"),
        Binding("h", "choose('hold')", "Hold", id="gate.hold"),
        Binding("r", "dismiss('rollback')", "Roll back", id="gate.rollback",
                tooltip="start the response to a failed gate: it arms the rollback"),
        Binding("b", "dismiss('brief')", "Brief", id="gate.brief",
                tooltip="record that the BU Operations Lead was told"),
        Binding("u", "dismiss('satisfaction')", "Users", id="gate.satisfaction",
                tooltip="record how the users take it, as the BU Operations Lead judges"),
        Binding("l", "dismiss('baseline')", "Baseline", id="gate.baseline",
                tooltip="document what the existing process achieves"),
    ]  # fmt: skip

    def __init__(self, room: WarRoom, text: str = "", refused: str = "") -> None:
        """Decide the gate of the attempt that runs in `room`.

        `text` was typed before, and `refused` says why it was not taken.
        """
        super().__init__()
        self._room = room
        self._text = text
        self._why = refused
        self._choice: Literal["advance", "hold"] | None = None
        self._picture = room.picture()
        self._refused = False

    def compose(self) -> ComposeResult:
        """Criteria, what is missing, and the line for the reason."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "gate"
            yield GateTable(id="criteria")
            with VerticalScroll(id="below", can_focus=False):
                yield Words(id="missing")
            yield Words(id="choice")
            yield OneLine(self._text, id="why", max_length=2000, select_on_focus=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the gate as it stands, and go on with it until a choice is made."""
        self.query_one("#why", Input).display = False
        self.query_one(GateTable).focus()
        if self._why:
            kept = (
                f"\nLook again, then choose. Kept: {clean(self._text, 200)}" if self._text else ""
            )
            self._warn(f"{clean(self._why, 600, lines=True)}{kept}")
        self.refresh_view()

    def _warn(self, text: str) -> None:
        self.query_one("#choice", Words).say(Content.styled(text, "bold $text-warning"))

    def refresh_view(self) -> None:
        """Show the latest numbers; after a choice they stand still: they are what is decided."""
        if self._choice is not None:
            self._tell_meanwhile()
            return
        picture = self._picture = self._room.picture()
        gate = picture.gate
        if self._refused and not gate.missing:
            self._refused = False
            self.query_one("#choice", Words).say(Content())
        verdict = gate.verdict.replace("-", " ")
        dialog = self.query_one(".dialog", Vertical)
        dialog.border_title = f"gate of {views.phase_label(picture.state.attempt)} · {verdict}"
        dialog.border_subtitle = f"as of {clock_text(picture.now)}"
        criteria, below = gate.criteria, [ground_content(picture), missing_content(picture)]
        decided = self._room.decided if isinstance(self._room, PastRoom) else None
        if decided is not None:
            several = len(self._room.record.journal.heads) > 1
            criteria, below = decided.event.criteria, [decided_content(decided, several)]
            label = clean(decided.event.attempt, 40)
            dialog.border_title = f"gate of {label} · as it stands in the journal"
            dialog.border_subtitle = f"as of {clock_text(decided.at)}"
        currency = self._room.deployment.nfr.currency
        self.query_one(GateTable).show(views.criterion_views(criteria, currency))
        self.query_one("#missing", Words).say(Content("\n").join(below))
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """The rows may be too few now, or enough."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Let what is missing scroll where all together needs more rows than there are."""
        if self.is_attached:
            tables = (
                self.query_one("#missing").size.height,
                self.query_one("#criteria").size.height,
            )
            self.set_class(sum(tables) + REST > 0.9 * self.size.height, "-squeezed")

    def _tell_meanwhile(self) -> None:
        """Say at once that another has decided: what is typed stays, and is not what decides."""
        seen, name = self._picture, self._room.actor.name
        entries = self._room.record.entries
        found = decided_since(entries, seen.state.attempt.id, seen.now, name)
        if found is not None:
            self._warn(f"MEANWHILE {clean(told(found), 400)}. Enter shows the gate as it is now.")

    @on(GateTable.Chosen)
    def tell(self, message: GateTable.Chosen) -> None:
        """Say all there is to say about a criterion, where its row is too short for it."""
        for view in views.criterion_views(self._picture.gate.criteria, ""):
            if view.id == message.id and self._choice is None:
                self.query_one("#choice", Words).say(Content(f"{view.name}: {view.detail}"))

    def action_choose(self, choice: Literal["advance", "hold"]) -> None:
        """Take the choice and ask for the reason; an advance only where the gate is open."""
        gate = self._picture.gate
        said = self.query_one("#choice", Words)
        if isinstance(self._room, PastRoom):
            self._warn(self._room.refusal)
            return
        if choice == "advance" and gate.missing:
            first = clean(gate.missing[0], 200)
            more = f", and {len(gate.missing) - 1} more" if len(gate.missing) > 1 else ""
            self._refused = True
            told_why = f"ADVANCE is not possible: {first}{more}. Hold (h), or roll back (r)."
            self._warn(told_why)
            return
        if choice == "advance" and gate.to is not None and gate.to.phase == "stable":
            self.dismiss("assess")  # no gate leads past the assessment of the window
            return
        self._choice = choice
        ask = "remark, may be empty" if choice == "advance" else "the reason"
        said.say(Content.styled(f"{self._word(choice)}: {ask}, then Enter", "bold $text-primary"))
        why = self.query_one("#why", Input)
        why.display = True
        why.focus()

    def _word(self, choice: Literal["advance", "hold"]) -> str:
        """What the choice amounts to now."""
        gate = self._picture.gate
        if choice == "hold":
            return "HOLD"
        to = gate.to.label if gate.to else ""
        if not gate.waits_for:
            return f"ADVANCE to {to}"
        held = proposal_of(self._picture.state, self._picture.now)
        return f"AGREE to advance to {to}" if held is not None else f"PROPOSE to advance to {to}"

    @on(Input.Submitted)
    def decide(self, event: Input.Submitted) -> None:
        """Decide; a hold needs its reason."""
        why = clean(event.value, 2000).strip()
        if self._choice is not None and (why or self._choice == "advance"):
            state, now = self._picture.state, self._picture.now
            # As it goes on record, where no directory of this machine belongs.
            seen = evaluate(state, self._picture.facts).criteria
            alerts = tuple(alert.id for alert in state.firing)
            attempt = state.attempt.id
            made = DecideGate(self._choice, why, seen=seen, seen_alerts=alerts, seen_at=now)
            self.dismiss(msgspec.structs.replace(made, attempt=attempt))
