"""The assessment's dialog: the evidence, what must be said one by one, then a person decides."""

from functools import partial
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from console.clean import clean
from console.domain.assessment import Caveat, Outlook
from console.domain.commands import AssessWindow
from console.domain.gates import proposal_of
from console.domain.times import clock_text
from console.room import Picture, WarRoom
from console.screens import window_views as wv
from console.screens.dialogs import BACK, HELP, Dialog
from widgets import glyphs
from widgets.keybar import KeyBar
from widgets.labelled import Labelled
from widgets.oneline import OneLine
from widgets.scrolling import Scroll
from widgets.words import Words

MOST_CAVEATS = 9


class AssessDialog(Dialog[AssessWindow | Literal["rollback"] | None]):
    """`s` says stable, `m` monitored, `r` goes to the guard; a number admits what is not whole.

    What is on the screen when a choice is made stays there. Nothing is stable before each caveat
    is admitted by its own key.
    """

    CSS_PATH = "window.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        HELP,
        Binding("s", "choose('stable')", "Stable", id="assess.stable"),
        Binding("m", "choose('monitored')", "Monitored", id="assess.monitored"),
        Binding("r", "dismiss('rollback')", "Roll back", id="assess.rollback",
                tooltip="only the kill switch rolls back: this arms it"),
        *(
            Binding(str(number), f"admit({number - 1})", f"Admit {number}", show=False,
                    id=f"assess.admit{number}")
            for number in range(1, MOST_CAVEATS + 1)
        ),
    ]  # fmt: skip

    def __init__(
        self, room: WarRoom, before: AssessWindow | None = None, refused: str = ""
    ) -> None:
        """Assess the window of the attempt that runs in `room`.

        `before` was not taken, and `refused` says why: its words and admissions stay.
        """
        super().__init__()
        self._room = room
        self._text = "" if before is None else before.why
        self._why = refused
        self._choice: Literal["stable", "monitored"] | None = None
        self._admitted: set[str] = set(() if before is None else before.admitted)
        self._picture: Picture = room.picture()

    def compose(self) -> ComposeResult:
        """What is proposed, what has to be said, the evidence, and the line for the reason."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "assessment"
            with Scroll(id="evidence"):
                yield Labelled(id="caveats")
                yield Labelled(id="framework")
            yield Words(id="said")
            yield OneLine(self._text, id="why", max_length=2000, select_on_focus=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow the room until a choice is made; people read it, and no demo's clock runs away."""
        self._room.real_time().__enter__()
        self.query_one("#why", Input).display = False
        self.query_one("#evidence", Scroll).focus()
        self.refresh_view()
        if self._why:
            kept = f"\nKept: {clean(self._text, 200)}" if self._text else ""
            self._say(f"{clean(self._why, 600, lines=True)}{kept}")

    def on_unmount(self) -> None:
        """Let a demo's clock go on."""
        self._room.real_time().__exit__()

    @property
    def _outlook(self) -> Outlook | None:
        return self._picture.outlook

    def refresh_view(self) -> None:
        """Show the latest evidence; after a choice it stands still: it is what is decided on."""
        if self._choice is not None or not self.is_attached:
            return
        self._picture = self._room.picture()
        dialog = self.query_one(".dialog", Vertical)
        dialog.border_subtitle = f"as of {clock_text(self._picture.now)}"
        outlook = self._outlook
        if outlook is None:
            self._say("There is no window to assess: it begins with full deployment.")
            return
        rows = [wv.proposal_row(outlook), ("say first", tuple(self._caveat_texts(outlook)))]
        if outlook.gate.waits_for and not outlook.missing:
            rows.append(("two leads", ((clean(outlook.gate.waits_for, 200), "accent"),)))
        self.query_one("#caveats", Labelled).show(tuple(rows))
        self.query_one("#framework", Labelled).show(wv.signal_rows(outlook))

    def _caveat_texts(self, outlook: Outlook) -> wv.Texts:
        if not outlook.caveats:
            return [(f"{glyphs.OK} the window is whole: nothing has to be admitted", "good")]
        return [self._caveat_text(number, one) for number, one in enumerate(outlook.caveats, 1)]

    def _caveat_text(self, number: int, caveat: Caveat) -> tuple[str, Literal["good", "warn"]]:
        said = caveat.id in self._admitted
        told = f"{number}) {clean(caveat.text, 200)}"
        if said:
            return f"{glyphs.OK} {told}: admitted", "good"
        return f"{glyphs.OPEN} {told}", "warn"

    def action_admit(self, place: int) -> None:
        """Name one thing that the window lacks; once more takes it back."""
        outlook = self._outlook
        if outlook is not None and self._choice is None and place < len(outlook.caveats):
            self._admitted ^= {outlook.caveats[place].id}
            self.refresh_view()

    def action_choose(self, choice: Literal["stable", "monitored"]) -> None:
        """Take the choice and ask for the reason."""
        outlook = self._outlook
        if outlook is None or self._choice is not None:
            return
        if outlook.missing:
            more = f", and {len(outlook.missing) - 1} more" if len(outlook.missing) > 1 else ""
            self._say(f"Not to be assessed yet: {clean(outlook.missing[0], 200)}{more}")
            return
        unsaid = [one for one in outlook.caveats if one.id not in self._admitted]
        if choice == "stable" and unsaid:
            keys = ", ".join(
                str(number)
                for number, one in enumerate(outlook.caveats, 1)
                if one.id not in self._admitted
            )
            self._say(f"It cannot be called stable without saying what it lacks: press {keys}")
            return
        self._choice = choice
        asked = "a remark, may be empty" if choice == outlook.proposed else "the reason"
        said = self._word(choice, outlook)
        self.query_one("#said", Words).say(
            Content.styled(f"{said} {choice.upper()}: {asked}, then Enter", "bold $text-primary")
        )
        why = self.query_one("#why", Input)
        why.display = True
        why.focus()

    def _say(self, text: str) -> None:
        self.query_one("#said", Words).say(Content.styled(text, "bold $text-warning"))

    def _word(self, choice: str, outlook: Outlook) -> str:
        """What the choice amounts to now."""
        if not outlook.gate.waits_for:
            return "ASSESS as"
        held = proposal_of(self._picture.state, self._picture.now)
        agrees = held is not None and held.into == choice and held.by != self._room.actor.name
        return "AGREE to" if agrees else "PROPOSE"

    @on(Input.Submitted)
    def decide(self, event: Input.Submitted) -> None:
        """Decide; a choice against the proposal needs its reason."""
        outlook, why = self._outlook, clean(event.value, 2000).strip()
        if outlook is None or self._choice is None:
            return
        if why or self._choice == outlook.proposed:
            make = partial(AssessWindow, self._choice, why, seen=outlook.proposed)
            attempt = self._picture.state.attempt.id
            self.dismiss(make(admitted=tuple(sorted(self._admitted)), attempt=attempt))
