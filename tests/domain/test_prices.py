"""Tokens times a price, and nothing where either is missing."""

from config.model import Price
from console.domain.call import Call
from console.domain.prices import Pricer

PRICES = {
    "gpt-5": Price(tokens_in=2.5, tokens_out=10.0),
    "gpt-5-mini": Price(tokens_in=0.25, tokens_out=2.0),
}


def cost(
    model: str = "", tokens_in: int | None = None, tokens_out: int | None = None
) -> float | None:
    call = Call(id="1", at=0.0, model=model, tokens_in=tokens_in, tokens_out=tokens_out)
    (done,) = Pricer(PRICES).priced([call])
    return done.cost


def test_tokens_times_the_price_of_the_longest_name() -> None:
    assert cost(model="gpt-5", tokens_in=1_000_000, tokens_out=100_000) == 3.5
    assert cost(model="gpt-5-mini-2026-03-01", tokens_in=1_000_000, tokens_out=0) == 0.25


def test_another_model_of_a_longer_name_is_not_taken_for_it() -> None:
    assert cost(model="gpt-5o-mini", tokens_in=10, tokens_out=10) is None
    assert cost(model="gpt-5-turbo", tokens_in=10, tokens_out=10) is None
    assert cost(model="gpt-5:latest", tokens_in=1_000_000, tokens_out=0) == 2.5


def test_half_of_the_tokens_is_no_cost() -> None:
    assert cost(model="gpt-5", tokens_in=10) is None
    assert cost(model="gpt-5", tokens_out=10) is None


def test_what_the_log_says_goes_before() -> None:
    call = Call(id="1", at=0.0, model="gpt-5", tokens_in=10, cost=0.5)
    assert Pricer(PRICES).priced([call]) == [call]


def test_what_is_not_known_stays_unknown() -> None:
    assert cost(model="other", tokens_in=10) is None
    assert cost(model="gpt-5") is None
    assert cost(tokens_in=10) is None
