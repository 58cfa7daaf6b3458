"""The candidate against the live control, as the screens show it. Pure."""

from collections.abc import Sequence

from console.clean import clean
from console.domain.comparison import NAMES, Compared
from console.room import Picture
from widgets.format import money, percent
from widgets.versus import VersusRow, VersusView

NO_CONTROL = (
    "no live control: the log has no call of the stable version and none marked as control, "
    "so the candidate is held against limits and baseline alone"
)
SAFE = "whole attempt; looked at any time: safe (95 % for all rows together)"


def comparison_views(picture: Picture) -> VersusView:
    """Every question and its answer; nothing at all but in a canary."""
    state, facts = picture.state, picture.facts
    if state.attempt.phase != "canary":
        return VersusView()
    if not facts.comparison:
        return VersusView(NO_CONTROL)
    agent = facts.deployment.agent
    candidate = clean(state.locked_version or agent.version, 40)
    control = clean(agent.stable_version, 40) or "the control"
    currency = facts.deployment.nfr.currency
    return VersusView(
        f"{candidate} against {control} live · {SAFE}", rows_of(facts.comparison, currency)
    )


def rows_of(compared: Sequence[Compared], currency: str) -> tuple[VersusRow, ...]:
    """A row for each question."""
    return tuple(_row(one, currency) for one in compared)


def _row(one: Compared, currency: str) -> VersusRow:
    difference = ""
    if one.difference is not None:
        low, high = _signed(one.low, one.unit), _signed(one.high, one.unit)
        unit = {"s": " s", "share": " points", "money": ""}[one.unit]
        difference = f"{_signed(one.difference, one.unit)}{unit} ({low} to {high})"
    missed = one.missed
    if one.question == "latency" and None not in one.p95s:
        ours, theirs = one.p95s
        missed = "; ".join(t for t in (missed, f"p95 {ours:.2f} s against {theirs:.2f} s") if t)
    name = "median latency" if one.question == "latency" else NAMES[one.question]
    return VersusRow(
        name=name,
        said=one.said,
        candidate=_value(one.candidate, one.unit, currency),
        control=_value(one.control, one.unit, currency),
        difference=difference,
        n=f"{one.n_candidate:,}, {one.n_control:,}",
        missed=clean(missed, 200),
    )


def _value(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return "none"
    match unit:
        case "s":
            return f"{value:.2f} s"
        case "share":
            return percent(value)
        case _:
            return money(value, currency)


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "?"
    shown = {"s": f"{value:+.2f}", "share": f"{value * 100:+.1f}"}.get(unit, f"{value:+.3g}")
    return shown.replace("-", "−")
