"""Ratios as people read them."""


def percent(ratio: float, digits: int = 0) -> str:
    """A ratio (0 to 1) with its unit: `90 %`, with `digits` 1 `90.0 %`."""
    return f"{ratio * 100:.{digits}f} %"
