"""What the Rollout screen says of decisions that two took without knowing of each other."""

from textual.content import Content

from console.clean import clean
from console.domain.concurrent import side_words
from console.domain.state_contested import Contested, Decision
from console.domain.times import clock_text
from console.domain.traffic import astray_of, astray_words, target_of
from console.room import Picture
from widgets.format import ago


def contested_content(picture: Picture, name: str = "") -> Content:
    """Both sides of each, or of `name`, what waits first; empty where there is none."""
    held = [one for one in picture.state.contested.values() if name in {"", one.id}]
    rows: list[Content] = []
    for one in sorted(held, key=lambda one: one.acknowledged_at is not None):
        rows += _rows(one, picture.now)
        if (astray := astray_of(picture.state, one)) is not None:
            share = target_of(picture.state.attempt).share
            told = f"  traffic    {clean(astray_words(picture.state, astray), 200)}"
            again = Content(f"; t, s sets {share} % again")
            rows.append(Content.styled(told, "$text-error") + again)
    return Content("\n").join(rows)


def _rows(one: Contested, now: float) -> list[Content]:
    attempt = clean(one.attempt, 40)
    if one.acknowledged_at is not None:
        said = f"{clean(one.acknowledged_by, 40)}, {ago(now - one.acknowledged_at)}"
        head = Content.styled(f"Contested, acknowledged by {said}: {attempt}", "$text-muted")
        return [head, *_sides(one, now, "$text-muted"), Content(f"  {clean(one.remark, 300)}")]
    head = Content.styled(f"CONTESTED {attempt}", "bold $text-error") + Content.styled(
        "  two decided unknown to each other; a acknowledges what stands", "$text-warning"
    )
    return [head, *_sides(one, now, "$text-warning")]


def _sides(one: Contested, now: float, style: str) -> list[Content]:
    return [
        *(Content("  stands     ") + _side(side, now, style) for side in one.stands),
        Content("  overruled  ") + _side(one.overruled, now, style),
    ]


def _side(one: Decision, now: float, style: str) -> Content:
    why = f": {clean(one.why, 300)}" if one.why else ""
    when = f"{clock_text(one.at)}, {ago(now - one.at)}"
    return Content.styled(clean(side_words(one), 120), style) + Content(f"  {when}{why}")
