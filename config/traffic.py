"""How users' traffic reaches the agent: the canary's increments and the switch (Guide 4)."""

import itertools
from typing import Annotated

from pydantic import Field, Strict, field_validator

from config.base import Model, refusal
from config.switch import Switch

# The guide's own ladder, 1 → 5 → 20 → 50 → 100 %, has no steeper step than these.
MOST_TIMES = 5
MOST_MORE = 50


class Traffic(Model):
    """The canary's increments in percent of all traffic, and what sets them (Guide 4).

    `arrive_within_s` is how long a share may take until the calls show it.
    """

    shares: Annotated[tuple[int, ...], Strict(False)] = (1, 5, 20, 50, 100)
    arrive_within_s: Annotated[int, Field(ge=60, le=3600)] = 600
    switch: Switch | None = None

    @field_validator("shares")
    @classmethod
    def _rise_to_all(cls, shares: tuple[int, ...]) -> tuple[int, ...]:
        pairs = list(itertools.pairwise(shares))
        rising = all(low < high for low, high in pairs)
        if not shares or not 1 <= shares[0] <= 5 or shares[-1] != 100 or not rising:
            raise refusal(
                "must start within 1 to 5, rise with each increment and end at 100, "
                "such as [1, 5, 20, 50, 100] (Guide 4)"
            )
        for low, high in pairs:
            if high > MOST_TIMES * low or high - low > MOST_MORE:
                raise refusal(
                    f"{low} to {high} is steeper than any step of the guide's: at most "
                    f"{MOST_TIMES} times the share before and {MOST_MORE} points more, "
                    "such as [1, 5, 20, 50, 100] (Guide 4)"
                )
        return shares
