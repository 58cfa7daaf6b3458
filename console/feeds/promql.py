"""PromQL made of a preset's selectors, so that one preset serves a page and a store of pages."""

from config.feed import MinuteCount
from config.guide import MetricId
from config.presets import Preset
from console.feeds.selectors import parse_selectors

_SCALE = {"s": "", "ms": " / 1000", "us": " / 1000000"}


def promql_of(preset: Preset) -> tuple[dict[MinuteCount, str], dict[MetricId, str]]:
    """What a minute counts, and the metrics that the store computes by itself.

    A family that has no series yet counts as 0 only where calls are known: no data is not zero.
    """
    minutes: dict[MinuteCount, str] = {}
    calls = _sum(preset.counters["calls"]) if "calls" in preset.counters else ""
    for count, text in preset.counters.items():
        counted = _sum(text)
        minutes[count] = counted if count == "calls" else f"({counted}) or 0 * ({calls})"
    values: dict[MetricId, str] = {}
    if preset.latency:
        rates = " or ".join(
            f"increase({one.text('_bucket')}[1h])" for one in parse_selectors(preset.latency)
        )
        p95 = f"histogram_quantile(0.95, sum by (le) ({rates}))"
        values["latency-p95"] = p95 + _SCALE[preset.latency_unit]
    return minutes, values


def _sum(selectors: str) -> str:
    """The increase of several families; one that is not there adds nothing to another that is."""
    parts = [f"sum(increase({one.text()}[1m]))" for one in parse_selectors(selectors)]
    if len(parts) == 1:
        return parts[0]
    known = f"({' or '.join(parts)})"
    return " + ".join(f"({part} or 0 * {known})" for part in parts)
