"""What the rollback's guard shows while it is armed. It takes no keys and no clicks."""

from dataclasses import dataclass

from widgets import glyphs
from widgets.canvas import Block
from widgets.letters import HEIGHT, SHAPES, large
from widgets.line import Line, Span, Tone, fit, wrap

LABEL = 10
URGENT_S = 10
MARGIN = 1


@dataclass(frozen=True, slots=True)
class GuardView:
    """The armed guard. `steps` are (title, what it will do); `triggers` those true now.

    `owner` and `deputy` carry their phone; `missing` says what cannot work and why. `code` are the
    letters (A to Z) to type, `typed` those typed so far; it disarms in `seconds_left` seconds.
    """

    target: str
    steps: tuple[tuple[str, str], ...]
    triggers: tuple[str, ...]
    owner: str
    deputy: str
    missing: tuple[str, ...]
    code: str
    typed: str
    seconds_left: int


def guard(view: GuardView, width: int) -> list[Line]:
    """The rows in `width` cells. Nothing is shortened: what does not fit goes on below."""
    room = width - 2 * MARGIN
    left = f"disarms in {view.seconds_left} s"
    title = " ROLLBACK ARMED "
    space = " " * max(2, room - len(title) - len(left))
    tone: Tone = "bad" if view.seconds_left <= URGENT_S else "muted"
    rows: list[Line] = [(Span(title, "alarm"), Span(space), Span(left, tone))]
    rows += _labelled("back to", [(view.target, "strong")], room)
    rows += _labelled("because", [(text, "bad") for text in view.triggers], room)
    if not view.triggers:
        rows += _labelled("because", [("no trigger is true: your judgement", "warn")], room)
    rows += _labelled("missing", [(f"{glyphs.FAILED} {t}", "bad") for t in view.missing], room)
    rows += _labelled("owner", [(view.owner, "")], room)
    rows += _labelled("deputy", [(view.deputy, "")] if view.deputy else [], room)
    rows.append(())
    rows += _code(view)
    rows.append(())
    for index, (name, what) in enumerate(view.steps, 1):
        rows += _labelled(f"step {index}", [(name, "strong"), (what, "muted")], room)
    if not view.steps:
        rows += _labelled("steps", [("none is configured", "bad")], room)
    return [(Span(" " * MARGIN), *row) for row in rows]


def _labelled(label: str, texts: list[tuple[str, Tone]], room: int) -> list[Line]:
    rows: list[Line] = []
    for text, tone in texts:
        for part in wrap(text, room - LABEL) if text else []:
            name = "" if rows else label
            rows.append((Span(f"{fit(name, LABEL - 1):<{LABEL}}", "muted"), Span(part, tone)))
    return rows


def _code(view: GuardView) -> list[Line]:
    indent = Span(" " * LABEL)
    rows: list[Line] = [
        (
            Span(f"{'type':<{LABEL}}", "muted"),
            Span(" ".join(view.code), "strong"),
            Span("  "),
            Span("then Enter", "muted"),
        )
    ]
    if all(letter in SHAPES for letter in view.code):
        shapes = [large(letter) for letter in view.code]
        done = len(view.typed)
        for y in range(HEIGHT):
            typed = "".join(f"{shape[y]}  " for shape in shapes[:done])
            rest = "".join(f"{shape[y]}  " for shape in shapes[done:])
            rows.append((indent, Span(typed, "good"), Span(rest, "accent")))
    slots = " ".join(view.typed.ljust(len(view.code), "_"))
    rows.append((Span(f"{'typed':<{LABEL}}", "muted"), Span(slots, "strong")))
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
