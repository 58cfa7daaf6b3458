"""What the kill switch's guard shows while it is armed. It takes no keys and no clicks."""

import re
from dataclasses import dataclass
from typing import Literal

from widgets import glyphs
from widgets.canvas import Block
from widgets.labelled import LABEL, MARGIN, labelled
from widgets.letters import HEIGHT, SHAPES, large
from widgets.line import Line, Span, Tone, fit, widest, width_of

URGENT_S = 10
Standing = Literal["true", "possible", "false", "unknown", "declared"]
STANDINGS: dict[Standing, tuple[str, Tone]] = {
    "true": (f"{glyphs.BREACH} TRUE", "bad"),
    "possible": (f"{glyphs.TOO_FEW} possible", "warn"),
    "false": (f"{glyphs.OK} not true", "good"),
    "unknown": (f"{glyphs.UNKNOWN} unknown", "warn"),
    "declared": (f"{glyphs.OPEN} declare", "muted"),
}
STANDING_WIDTH = 10
FIRST = re.compile(r"[,:]")
"""What stands before it is whole, or nothing is said: a number is not cut from its unit."""


@dataclass(frozen=True, slots=True)
class TriggerChoice:
    """A trigger that a digit chooses; `said` is its number, or what a person has found."""

    key: str
    name: str
    standing: Standing
    said: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class GuardStep:
    """A step and what it will do; `done`: it is verified, and left as it is."""

    title: str
    what: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class GuardView:
    """The armed guard. `because` says what the chosen trigger is fired for.

    `labels` stand before `target` and `because`; those of a suspension are others.

    `owner` and `deputies` carry phone and availability; `missing` says what cannot work and why,
    `again` what a second firing does. `code` are the letters (A to Z) to type, `typed` those typed
    so far; `slipped`: a wrong key has just cleared them. It disarms in `seconds_left` seconds.
    `claimed` is a rollback that others say they fired, and that is not believed.
    """

    title: str
    target: str
    choices: tuple[TriggerChoice, ...]
    because: str
    steps: tuple[GuardStep, ...]
    owner: str
    deputies: tuple[str, ...]
    missing: tuple[str, ...]
    code: str
    typed: str
    seconds_left: int
    again: str = ""
    labels: tuple[str, str] = ("back to", "because")
    slipped: bool = False
    claimed: str = ""


def guard(view: GuardView, width: int) -> list[Line]:
    """The rows in `width` cells. What does not fit goes on below; of a trigger that is not chosen
    the number may be shortened, nothing else is."""
    room = width - 2 * MARGIN
    left = f"disarms in {view.seconds_left} s"
    title = f" {fit(view.title, room - 2)} "
    tone: Tone = "bad" if view.seconds_left <= URGENT_S else "muted"
    space = room - width_of((Span(title),)) - len(left)
    rows: list[Line] = [(Span(title, "alarm"), Span(" " * space), Span(left, tone))]
    if space < 1:
        rows = [(Span(title, "alarm"),), (Span(left, tone),)]
    rows += labelled("unsigned", [(view.claimed, "bad")], room)
    rows += labelled(view.labels[0], [(view.target, "strong")], room)
    names = widest(choice.name for choice in view.choices)
    rows += [_choice(choice, names, room) for choice in view.choices]
    rows += labelled(view.labels[1], [(view.because, "warn")], room)
    rows += labelled("again", [(view.again, "warn")], room)
    rows += labelled("missing", [(f"{glyphs.FAILED} {t}", "bad") for t in view.missing], room)
    rows += labelled("owner", [(view.owner, "")], room)
    rows += labelled("deputy", [(text, "") for text in view.deputies], room)
    rows += _code(view)
    for index, step in enumerate(view.steps, 1):
        rows += _step(f"step {index}", step, room)
    if not view.steps:
        rows += labelled("steps", [("none is configured", "bad")], room)
    return [(Span(" " * MARGIN), *row) for row in rows]


def _choice(choice: TriggerChoice, names: int, room: int) -> Line:
    word, tone = STANDINGS[choice.standing]
    mark = glyphs.CURSOR if choice.chosen else " "
    strong: Tone = "strong" if choice.chosen else ""
    head = (
        Span(f"{mark} {choice.key} ", "accent"),
        Span(f"{word:<{STANDING_WIDTH}} ", tone),
        Span(fit(choice.name, room - STANDING_WIDTH - 5), strong),
    )
    name = width_of(head[2:])
    rest = room - STANDING_WIDTH - 5 - names - 2
    gap = names - name + 2
    if width_of((Span(choice.said),)) > rest:  # it begins where the name ends
        rest, gap = rest + names - name, 2
    said = fit(choice.said, rest)
    if not said or len(said) < len(FIRST.split(choice.said)[0]):
        return head
    return (*head, Span(" " * gap), Span(said, "muted" if tone == "good" else tone))


def _step(label: str, step: GuardStep, room: int) -> list[Line]:
    if step.done:
        return labelled(label, [(f"{glyphs.OK} verified, left as it is: {step.title}", "good")],
                        room)  # fmt: skip
    together = f"{step.title}: {step.what}"
    if widest([together]) <= room - LABEL:
        head = f"{label:<{LABEL}}"
        return [(Span(head, "muted"), Span(step.title, "strong"), Span(f": {step.what}", "muted"))]
    return labelled(label, [(step.title, "strong"), (step.what, "muted")], room)


def _code(view: GuardView) -> list[Line]:
    indent = Span(" " * LABEL)
    slots = " ".join(view.typed.ljust(len(view.code), "_"))
    rows: list[Line] = [
        (
            Span(f"{'type':<{LABEL}}", "muted"),
            Span(" ".join(view.code), "strong"),
            Span("  "),
            Span("then Enter", "muted"),
            Span("   "),
            Span("typed ", "muted"),
            Span(slots, "strong"),
            Span(f"   {glyphs.FAILED} wrong key: begin again" if view.slipped else "", "warn"),
        )
    ]
    if all(letter in SHAPES for letter in view.code):
        shapes = [large(letter) for letter in view.code]
        done = len(view.typed)
        for y in range(HEIGHT):
            typed = "".join(f"{shape[y]}  " for shape in shapes[:done])
            rest = "".join(f"{shape[y]}  " for shape in shapes[done:])
            rows.append((indent, Span(typed, "good"), Span(rest, "accent")))
    return rows


class GuardPanel(Block):
    """Shows a `GuardView`. What the keys do is the app's."""

    _view: GuardView | None = None

    def show(self, view: GuardView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        return guard(self._view, width) if self._view else [()]
