"""What a call costs where its log does not say: tokens times the price of its model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from config.model import Price
from console.domain.call import Call
from console.domain.minutes import Minute, Tally

MILLION = 1e6


class Pricer:
    """Gives each call without a cost the one that its model's price makes of its tokens.

    A model is looked up by its whole name, else by the longest listed name that it begins with:
    vendors append dates. One that is not listed, or without tokens, leaves the cost unknown.
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
        if call.tokens_in is None and call.tokens_out is None:
            return None
        if call.model not in self._found:
            known = [name for name in self._prices if call.model.startswith(name)]
            self._found[call.model] = self._prices[max(known, key=len)] if known else None
        price = self._found[call.model]
        if price is None:
            return None
        tokens_in, tokens_out = call.tokens_in or 0, call.tokens_out or 0
        return float(tokens_in * price.tokens_in + tokens_out * price.tokens_out) / MILLION
