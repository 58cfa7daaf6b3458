"""Where a metric is read, what it is checked against, and limits stricter than the guide's."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from config.base import Line, Model, Positive, refusal
from config.feed import WITHOUT_METRICS, Feed
from config.guide import MetricId
from config.limits import guide_limit, looser, rule_of


class MetricOverride(Model):
    """Where a metric is read, a second feed to `check` it, and a limit stricter than the guide's.

    Of two sources that disagree, an alert tells.
    """

    feed: Line | None = None
    check: Line | None = None
    limit: Positive | None = None


def read_from(
    metric: MetricId, metrics: Mapping[MetricId, MetricOverride], feeds: Mapping[str, Feed]
) -> str:
    """The feed of a metric: the named one, else the first that counts calls."""
    override = metrics.get(metric)
    if override is not None and override.feed is not None:
        return override.feed
    return next(name for name, feed in feeds.items() if feed.kind not in WITHOUT_METRICS)


def _unfit_check(
    metric: MetricId, metrics: Mapping[MetricId, MetricOverride], feeds: Mapping[str, Feed]
) -> str | None:
    name = metrics[metric].check
    if name is None:
        return None
    if metric == "accuracy":
        return "people judge accuracy; there is no second source of it"
    if name not in feeds:
        return f'there is no feed "{name}" (one of: {", ".join(feeds)})'
    if feeds[name].kind in WITHOUT_METRICS:
        return f'feed "{name}" gives no numbers'
    if name == read_from(metric, metrics, feeds):
        return f'"{name}" is where {metric} is read; a check needs another feed'
    return None


def _fit(
    metrics: Mapping[MetricId, MetricOverride], info: ValidationInfo
) -> Mapping[MetricId, MetricOverride]:
    """Each names feeds that there are, and is no looser than the guide."""
    problems: list[tuple[str | int, ...]] = []
    feeds: Mapping[str, Feed] = info.data.get("feeds") or {}
    for metric, override in metrics.items():
        if feeds and override.feed is not None and override.feed not in feeds:
            absent = f'there is no feed "{override.feed}" (one of: {", ".join(feeds)})'
            problems.append((absent, metric, "feed"))
        elif feeds and (unfit := _unfit_check(metric, metrics, feeds)):
            problems.append((unfit, metric, "check"))
        if override.limit is not None and {"context", "forecast"} <= info.data.keys():
            forecast = info.data["forecast"]
            guide = guide_limit(
                metric,
                info.data["context"].workflow,
                forecast.cost_per_call,
                forecast.calls_per_hour,
            )
            if why := looser(rule_of(metric), guide, override.limit):
                problems.append((why, metric, "limit"))
    if problems:
        raise refusal(*problems)
    return metrics


Metrics = Annotated[Mapping[MetricId, MetricOverride], AfterValidator(_fit)]
