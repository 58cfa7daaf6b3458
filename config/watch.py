"""What is watched besides metrics (the guide's troubleshooting), and when it is too much."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Strict, model_validator

from config.base import Fraction, Line, Model, Positive, Text, refusal
from config.guide import WatchId, watch_limits
from config.rule import WholeMinutes
from config.secret import Secret

Count = Annotated[int, Field(ge=1)]
Minutes = Annotated[WholeMinutes, Field(ge=60)]


class Burn(Model):
    """Too fast: over both windows errors come at `times` the rate that uses the budget evenly."""

    times: Positive
    long_s: Minutes
    short_s: Minutes

    @model_validator(mode="after")
    def _short_is_shorter(self) -> "Burn":
        if self.short_s >= self.long_s:
            raise refusal(("must be shorter than `long_s`", "short_s"))
        return self


def _folded(phrases: tuple[str, ...]) -> tuple[str, ...]:
    short = next((phrase for phrase in phrases if len("".join(phrase.split())) < 4), None)
    if short is not None:
        raise refusal(f'"{short}" is too short: it would be found everywhere')
    return phrases


class Watch(Model):
    """The limits of what is watched; a key that `[watch]` leaves out has the guide's default.

    `off` names what is not watched at all. Phrases are found in any case and spacing. `heartbeat`
    is an address that is asked while the watch looks on, so that its silence is noticed elsewhere;
    with `heartbeat_fail` its `/fail` is asked while it cannot.
    """

    window_s: Minutes
    unexplained_calls: Count
    models: Annotated[tuple[Line, ...], Strict(False)]
    source_share: Fraction
    source_calls: Annotated[int, Field(ge=20)]
    override_calls: Count
    phrases: Annotated[tuple[Text, ...], Strict(False), AfterValidator(_folded)]
    huge_times: Annotated[float, Field(gt=1)]
    huge_tokens: Count
    huge_tools: Count
    burn: Annotated[tuple[Burn, ...], Strict(False)]
    off: Annotated[tuple[WatchId, ...], Strict(False)]
    heartbeat: Secret | None = None
    heartbeat_every_s: Annotated[float, Field(ge=10, le=3600)] = 60.0
    heartbeat_fail: bool = False

    @model_validator(mode="before")
    @classmethod
    def _else_the_default(cls, value: object) -> object:
        return {**watch_limits(), **value} if isinstance(value, dict) else value

    @classmethod
    def default(cls) -> "Watch":
        """What holds without a word in `warroom.toml`."""
        nothing: Mapping[str, Any] = {}
        return cls.model_validate(nothing)
