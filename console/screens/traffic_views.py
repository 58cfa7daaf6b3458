"""What the screens say of the traffic: where it should be, what the switch reads, what arrives."""

from textual.content import Content

from config.model import Deployment
from console.clean import clean
from console.domain.arrival import Arrival, ArrivalVerdict
from console.domain.share import Target, gone_astray, target_of
from console.domain.state_traffic import Switched
from console.domain.traffic import astray_words
from console.room import Picture
from widgets import glyphs
from widgets.format import ago

_ARRIVALS: dict[ArrivalVerdict, tuple[str, str, str]] = {
    "arrived": (glyphs.OK, "arrived", "$text-success"),
    "waiting": (glyphs.TOO_FEW, "on its way", "$text-primary"),
    "not-arrived": (glyphs.BREACH, "NOT ARRIVED", "$text-error"),
    "wrong-version": (glyphs.BREACH, "WRONG VERSION", "$text-error"),
    "too-few": (glyphs.UNKNOWN, "too few calls", "$text-warning"),
    "cannot-be-seen": (glyphs.NOT_APPLICABLE, "cannot be seen", "$text-muted"),
    "not-checked": (glyphs.NOT_APPLICABLE, "no share is served", "$text-muted"),
}


def traffic_content(picture: Picture, deployment: Deployment, *, busy: bool = False) -> Content:
    """One line for the rollout: the share that the attempt means, the switch, what the calls show.

    Empty in readiness, unless something was asked of the switch there, or went astray.
    """
    state = picture.state
    held, astray = state.traffic.get(state.attempt.id), gone_astray(state)
    if state.attempt.phase == "readiness" and held is None and not astray:
        return Content()
    parts = [Content.styled(f"Traffic {target_of(state.attempt).share} %", "bold")]
    if busy:
        parts.append(Content.styled(f"{glyphs.TOO_FEW} it is being set", "$text-primary"))
    elif deployment.traffic.switch is None:
        parts.append(Content.styled("switched by hand", "$text-muted"))
    elif astray:
        told = f"{glyphs.BREACH} {clean(astray_words(state, astray[-1]), 200)}"
        again = Content(f" (t, s sets {target_of(state.attempt).share} % again)")
        parts.append(Content.styled(told, "$text-error") + again)
    else:
        parts.append(_switched(held, target_of(state.attempt), picture.now))
    if picture.facts.arrival is not None:
        parts.append(_arrived(picture.facts.arrival))
    return Content("  ").join(parts)


def _switched(held: Switched | None, target: Target, now: float) -> Content:
    """What came of asking the switch."""
    if held is None:
        return Content.styled(f"{glyphs.UNKNOWN} the switch was not asked (t)", "$text-warning")
    at = ago(now - (held.set_at if held.set_at is not None else held.asked_at))
    by = clean(held.by, 40)
    if held.outcome == "verified" and (held.share, held.phase) == (target.share, target.phase):
        return Content.styled(f"{glyphs.OK} set", "$text-success") + Content(f" {at} by {by}")
    if held.outcome == "verified":
        where = f" in {held.phase}" if held.share == target.share else ""
        told = f"{glyphs.BREACH} put back to {held.share} %{where}"
        return Content.styled(told, "$text-warning") + Content(f" {at} by {by}")
    if not held.outcome:
        told = f"{glyphs.UNKNOWN} asked for {held.share} %, outcome unknown (t)"
        return Content.styled(told, "$text-warning") + Content(f" {at}")
    glyph = glyphs.FAILED if held.outcome == "failed" else glyphs.UNKNOWN
    told = f"{glyph} {held.share} % {held.outcome} (t)"
    return Content.styled(told, "$text-error") + Content(f" {clean(held.detail, 300)}")


def _arrived(seen: Arrival) -> Content:
    glyph, word, style = _ARRIVALS[seen.verdict]
    said = Content.styled(f"{glyph} {word}", style)
    if seen.verdict == "not-checked":
        return said
    return said + Content(f" {clean(seen.why, 200)}")
