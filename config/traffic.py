"""How users' traffic reaches the agent: the canary's increments (Guide 4)."""

import itertools
from typing import Annotated

from pydantic import Strict, field_validator

from config.base import Model, refusal


class Traffic(Model):
    """The canary's increments in percent of all traffic (Guide 4)."""

    shares: Annotated[tuple[int, ...], Strict(False)] = (1, 5, 20, 50, 100)

    @field_validator("shares")
    @classmethod
    def _rise_to_all(cls, shares: tuple[int, ...]) -> tuple[int, ...]:
        rising = all(low < high for low, high in itertools.pairwise(shares))
        if not shares or not 1 <= shares[0] <= 5 or shares[-1] != 100 or not rising:
            raise refusal(
                "must start within 1 to 5, rise with each increment and end at 100, "
                "such as [1, 5, 20, 50, 100] (Guide 4)"
            )
        return shares
