"""The shapes that the simulated agent's calls follow: the day's course, how long answers take."""

import math
from statistics import NormalDist

LATENCY_MU = math.log(0.9)
LATENCY_SIGMA = 0.5
SLOW_SHARE = 0.01
SLOW_TIMES = 3.0


def _day() -> list[float]:
    """A day's course by minute, of mean 1: low at night, humps before noon and in the afternoon."""

    def hump(minute: int, middle: int, width: int) -> float:
        away = min(abs(minute - middle), 1440 - abs(minute - middle))
        return math.exp(-((away / width) ** 2) / 2)

    raw = [0.55 + 1.0 * hump(m, 630, 110) + 0.9 * hump(m, 930, 140) for m in range(1440)]
    mean = sum(raw) / len(raw)
    return [value / mean for value in raw]


def _latencies() -> list[float]:
    """The healthy latency's distribution as 500 equally likely values."""
    normal = NormalDist(LATENCY_MU, LATENCY_SIGMA)
    slow = int(500 * SLOW_SHARE)

    def values(number: int, times: float) -> list[float]:
        points = ((i + 0.5) / number for i in range(number))
        return [round(times * math.exp(normal.inv_cdf(point)), 3) for point in points]

    return values(500 - slow, 1.0) + values(slow, SLOW_TIMES)


DAY = _day()
LATENCIES = _latencies()
