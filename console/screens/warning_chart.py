"""The chart of a drift: its points, its limit, and the line that they rise along. Pure."""

from console.domain.bins import Watched
from console.domain.drift import Drift
from console.screens.metric_views import unit_of
from widgets.plot import ChartView

HOUR = 3600.0


def drift_chart(metric: Watched, drift: Drift, currency: str) -> ChartView | None:
    """The half hours of a metric, its limit, and the trend until it crosses it, or for a day."""
    if not drift.points:
        return None
    factor, unit, prefix = unit_of(metric, currency)
    start, end, line = drift.points[0][0], drift.at, None
    trend = drift.trend
    if trend is not None and drift.crosses is not None:
        end = min(max(drift.crosses, drift.at), drift.at + 24 * HOUR)
        first = trend.level + trend.slope * (start - drift.at) / HOUR
        last = trend.level + trend.slope * (end - drift.at) / HOUR
        line = ((start, first * factor), (end, last * factor))
    hours = (drift.at - start) / HOUR
    return ChartView(
        title=f"{metric.replace('-', ' ')} · {hours:.0f} h, each point over half an hour or one"
        + (" · the line is its trend, the day's shape put aside" if line else ""),
        unit=unit,
        prefix=prefix,
        points=tuple((at, value * factor) for at, value in drift.points),
        threshold=drift.limit * factor,
        start=start,
        end=end,
        line=line,
        reach=(start, end),
    )
