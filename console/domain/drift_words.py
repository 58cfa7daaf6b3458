"""How a drift is told: in figures with units, and no finer than a projection can be."""

from console.domain.drift import Drift


def said(name: str, drift: Drift, unit: str, currency: str) -> str:
    """A drift in a sentence: "escalation rate rises by 0.12 points an hour, 19.1 % now ..."."""
    trend = drift.trend
    if trend is None:
        return drift.why
    hours = (drift.at - drift.since) / 3600
    return (
        f"{name} rises by {_rate(trend.slope, unit, currency)} an hour over {hours:.0f} h, "
        f"{figure(trend.level, unit, currency)} now: {crossing(drift, unit, currency)}"
    )


def figure(value: float, unit: str, currency: str) -> str:
    """A metric's value with its unit: `19.1 %`, `2.31 s`, `0.021 USD`."""
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    return f"{value:.3g} s" if unit == "s" else f"{value:.3g} {currency}"


def _rate(slope: float, unit: str, currency: str) -> str:
    if unit == "ratio":
        return f"{slope * 100:.2g} points"
    if unit == "s":
        return f"{slope * 1000:.0f} ms"
    return f"{slope:.2g} {currency}"


def crossing(drift: Drift, unit: str, currency: str) -> str:
    """The projection in a clause: "crosses 25 % in about 6 h (3 h to 14 h)"."""
    limit = figure(drift.limit, unit, currency)
    if drift.crosses is None or drift.crosses_from is None:
        return f"it does not cross {limit}"
    return f"crosses {limit} {ahead(drift.at, drift.crosses, drift.crosses_from, drift.crosses_to)}"


def ahead(now: float, at: float, first: float, last: float | None) -> str:
    """When something is expected, with its range: "in about 6 h (3 to 14 h)"."""
    unit_s, unit = _unit(at - now)
    most = f"{_whole(last - now, unit_s)} {unit}" if last is not None else "never"
    return f"in about {_whole(at - now, unit_s)} {unit} ({_whole(first - now, unit_s)} to {most})"


def _unit(seconds: float) -> tuple[float, str]:
    """No finer than a projection can be."""
    if seconds < 2 * 3600:
        return 60.0, "min"
    return (3600.0, "h") if seconds < 120 * 3600 else (86_400.0, "d")


def _whole(seconds: float, unit_s: float) -> str:
    return f"{max(0, round(seconds / unit_s)):,}"
