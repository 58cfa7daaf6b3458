"""LogQL that counts: the questions of a preset and of a feed, about the lines of its `query`."""

from config.feed import Feed as FeedSpec
from config.feed import MinuteCount
from config.guide import MetricId
from config.presets import Preset
from console.feeds.base import FeedError

PLACE = "$query"


def logql_of(preset: Preset, spec: FeedSpec) -> tuple[dict[MinuteCount, str], dict[MetricId, str]]:
    """What Loki is to count by the minute, and the metrics that it computes by itself.

    The feed's `query` takes the place of `$query`. Raises `FeedError` if one is without the other.
    """
    minutes = {**preset.minutes, **spec.minutes}
    values = {**preset.values, **spec.values}
    asked = [*minutes.values(), *values.values()]
    placed = any(PLACE in text for text in asked)
    if placed and spec.query is None:
        raise FeedError(
            f"feeds.{spec.id}.query: say which lines are to be counted, such as "
            """'{app="agent"}'"""
        )
    if asked and spec.query is not None and not placed:
        raise FeedError(
            f"feeds.{spec.id}.query: nothing uses it; write {PLACE} for it in minutes and values, "
            "or take it out"
        )
    lines = spec.query or ""
    return (
        {count: text.replace(PLACE, lines) for count, text in minutes.items()},
        {metric: text.replace(PLACE, lines) for metric, text in values.items()},
    )
