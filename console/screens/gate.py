"""The gate's dialog: everything in view, then advance or hold (Guide 4.2)."""

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from console.clean import clean
from console.domain.commands import DecideGate, DocumentBaseline
from console.domain.refused import Refused
from console.room import Picture, WarRoom
from console.screens import views
from console.screens.dialogs import BACK, Dialog
from widgets.gate import GateTable
from widgets.keybar import KeyBar
from widgets.words import Words


def missing_content(picture: Picture) -> Content:
    """What still keeps the gate shut, or that nothing does."""
    gate = picture.gate
    if not gate.missing:
        to = gate.to.label if gate.to else ""
        return Content.styled(f"✓ nothing is missing: the gate to {to} is open", "$text-success")
    rows = [Content.styled(f"Missing before {gate.to.label if gate.to else 'anything'}:", "bold")]
    rows += [
        Content.styled("  ✗ ", "$text-warning") + Content(clean(why, 300)) for why in gate.missing
    ]
    return Content("\n").join(rows)


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


class GateDialog(Dialog[DecideGate | Literal["brief", "baseline"] | None]):
    """Shows the criteria; `v` advances, `h` holds; the reason is typed before Enter decides.

    Two things that a gate often lacks are asked for from here: the brief and the baseline.
    """

    CSS_PATH = "gate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("v", "choose('advance')", "Advance", id="gate.advance"),
        Binding("h", "choose('hold')", "Hold", id="gate.hold"),
        Binding("b", "dismiss('brief')", "Brief", id="gate.brief",
                tooltip="record that the BU Operations Lead was told"),
        Binding("l", "dismiss('baseline')", "Baseline", id="gate.baseline",
                tooltip="document what the existing process achieves"),
    ]  # fmt: skip

    def __init__(self, room: WarRoom) -> None:
        """Decide the gate of the attempt that runs in `room`."""
        super().__init__()
        self._room = room
        self._choice: Literal["advance", "hold"] | None = None

    def compose(self) -> ComposeResult:
        """Criteria, what is missing, and the line for the reason."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "gate"
            yield GateTable(id="criteria")
            yield Words(id="missing")
            yield Words(id="choice")
            yield Input(id="why", max_length=2000)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the gate as it stands."""
        picture = self._room.picture()
        attempt = picture.state.attempt
        dialog = self.query_one(".dialog", Vertical)
        verdict = picture.gate.verdict.replace("-", " ")
        dialog.border_title = f"gate of {views.phase_label(attempt)} · {verdict}"
        currency = self._room.deployment.nfr.currency
        self.query_one(GateTable).show(views.criterion_views(picture.gate.criteria, currency))
        self.query_one("#missing", Words).say(missing_content(picture))
        self.query_one("#why", Input).display = False
        self.query_one(GateTable).focus()

    def action_choose(self, choice: Literal["advance", "hold"]) -> None:
        """Take the choice and ask for the reason; an advance only where the gate is open."""
        gate = self._room.picture().gate
        said = self.query_one("#choice", Words)
        if choice == "advance" and gate.missing:
            told = f"ADVANCE is not possible: {len(gate.missing)} missing. Hold, or roll back (F9)."
            said.say(Content.styled(told, "bold $text-warning"))
            return
        self._choice = choice
        what = f"ADVANCE to {gate.to.label if gate.to else ''}" if choice == "advance" else "HOLD"
        ask = "remark, may be empty" if choice == "advance" else "the reason"
        said.say(Content.styled(f"{what}: {ask}, then Enter decides", "bold $text-primary"))
        why = self.query_one("#why", Input)
        why.display = True
        why.focus()

    @on(Input.Submitted)
    def decide(self, event: Input.Submitted) -> None:
        """Decide; a hold needs its reason."""
        why = clean(event.value, 2000).strip()
        if self._choice is not None and (why or self._choice == "advance"):
            self.dismiss(DecideGate(self._choice, why))
