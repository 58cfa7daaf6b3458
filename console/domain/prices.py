"""What a call costs where its log does not say: tokens times the price of its model."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from config.model import Price
from console.domain.call import Call
from console.domain.minutes import Minute, Tally

MILLION = 1e6
_APPENDED = re.compile(r"[-@:](?:\d{4,8}(?:-\d\d){0,2}|latest|v\d+)$")


class Pricer:
    """Gives each call without a cost the one that its model's price makes of its tokens.

    A model is looked up by its whole name, else without the date or version that vendors append
    (`-2026-03-01`, `@20260301`, `:latest`). One that is not listed, or whose tokens are not known
    where they cost something, leaves the cost unknown.
    """

    def __init__(self, prices: Mapping[str, Price]) -> None:
        """`prices` by model."""
        self._prices = prices
        self._found: dict[str, Price | None] = {}

    def priced(self, calls: Sequence[Call]) -> list[Call]:
        """`calls` with their costs."""
        if not self._prices:
            return list(calls)
        costs = [self._cost(call) for call in calls]
        return [
            call if cost is None else msgspec.structs.replace(call, cost=cost)
            for call, cost in zip(calls, costs, strict=True)
        ]

    def price(self, tallies: Iterable[Tally]) -> None:
        """The same for records that were read for their numbers alone, and for their sums."""
        for tally in tallies if self._prices else ():
            costs = [self._cost(row) for row in tally.rows]
            if any(cost is not None for cost in costs):
                for row, cost in zip(tally.rows, costs, strict=True):
                    row.cost = row.cost if cost is None else cost
                tally.sums = Minute()
                tally.sums.add_calls(tally.rows)

    def _cost(self, call: Any) -> float | None:
        if call.cost is not None or not call.model:
            return None
        if call.model not in self._found:
            name = _APPENDED.sub("", call.model)
            self._found[call.model] = self._prices.get(call.model) or self._prices.get(name)
        price = self._found[call.model]
        if price is None:
            return None
        if (price.tokens_in and call.tokens_in is None) or (
            price.tokens_out and call.tokens_out is None
        ):
            return None
        tokens_in, tokens_out = call.tokens_in or 0, call.tokens_out or 0
        return float(tokens_in * price.tokens_in + tokens_out * price.tokens_out) / MILLION
