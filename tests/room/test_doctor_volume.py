"""Limits against the volume: which of them one call fires, and which alarm for nothing."""

from config.load import parse
from config.write import InitAnswers, initial
from console.domain.minutes import Minute
from console.domain.series import Series
from console.room.doctor_volume import look_at_volume


def found(extra: str, seen: Series | None = None) -> dict[str, tuple[str, str]]:
    """What is found of a deployment with these tables, by the limit."""
    text = initial(InitAnswers(name="claims", version="v1", exposure="internal"))
    text = text.replace("[forecast]", "#[forecast]") + extra
    looked = look_at_volume(parse(text.encode()), {} if seen is None else {"calls": seen})
    return {one.name: (one.verdict, one.detail) for one in looked}


def recorded(calls: int) -> Series:
    """Six hours of so many calls a minute."""
    series = Series()
    for minute in range(360):
        series.put(minute, Minute(calls=calls))
    return series


def test_a_forecast_too_small_for_one_percent() -> None:
    told = found("[forecast]\ncalls_per_hour = 50.0\n")
    verdict, why = told["error-rate"]
    assert verdict == "warn"
    assert why.startswith("1 % at 50 calls in 60 min, as forecast: one failed call is 2 %")
    assert "false alarms a day" in why
    assert why.endswith(": look at n before acting on it")


def test_what_is_recorded_goes_before_the_forecast() -> None:
    told = found("[forecast]\ncalls_per_hour = 50.0\n", recorded(50))
    assert told["error-rate"] == (
        "ok",
        "1 % at 3,000 calls in 60 min, as recorded: 31 bad calls fire it; hardly a false alarm",
    )


def test_a_limit_of_ones_own_can_be_raised() -> None:
    own = "[metrics.error-rate]\nlimit = 0.002\n"
    verdict, why = found(own, recorded(2))["error-rate"]
    assert verdict == "warn"
    assert why.endswith(": raise error-rate.limit, or look at n before acting on it")


def test_without_any_volume_nothing_is_held_against_it() -> None:
    told = found("")
    assert {verdict for verdict, _ in told.values()} == {"warn"}
    assert "write [forecast] calls_per_hour" in told["error-rate"][1]
