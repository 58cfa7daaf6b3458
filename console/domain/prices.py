"""What a call costs where its log does not say: tokens times the price of its model."""

from collections.abc import Mapping, Sequence

import msgspec

from config.model import Price
from console.domain.call import Call

MILLION = 1e6


def priced(calls: Sequence[Call], prices: Mapping[str, Price]) -> list[Call]:
    """`calls`, each without a cost given the one that `prices` (by model) makes of its tokens.

    A model is looked up by its whole name, else by the longest listed name that it begins with:
    vendors append dates. One that is not listed, or without tokens, leaves the cost unknown.
    """
    found: dict[str, Price | None] = {}
    done = []
    for call in calls:
        if call.cost is None and call.model and not (call.tokens_in is call.tokens_out is None):
            if call.model not in found:
                found[call.model] = _price(call.model, prices)
            if (price := found[call.model]) is not None:
                cost = (call.tokens_in or 0) * price.tokens_in
                cost += (call.tokens_out or 0) * price.tokens_out
                done.append(msgspec.structs.replace(call, cost=cost / MILLION))
                continue
        done.append(call)
    return done


def _price(model: str, prices: Mapping[str, Price]) -> Price | None:
    known = [name for name in prices if model.startswith(name)]
    return prices[max(known, key=len)] if known else None
