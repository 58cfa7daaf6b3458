"""The watcher holds two sources of a metric against each other, minute by minute."""

from console.domain.minutes import Minute
from console.room.watcher import Watcher
from tests.room.stand import NOBODYS, NOW, SetClock, Stand, minute

CHECKED = f"""
[feeds.store]
kind = "exposition"
url = "{NOBODYS}"
preset = "warroom-metrics"

[metrics.error-rate]
check = "store"
"""
RULE = "cross-check:error-rate"


class Shift:
    """A watcher at work on what two feeds tell."""

    def __init__(self, claims: Stand, more: str = CHECKED) -> None:
        with (claims.directory / "warroom.toml").open("a") as config:
            config.write(more)
        assert isinstance(claims.clock, SetClock)
        self.clock, self.claims = claims.clock, claims
        self.room = claims.open()
        end = int(self.clock.moment // 60)
        for eye in self.room.eyes.each.values():
            eye.series.absent_is_zero = eye.spec.id == "calls"
            eye.adopt({end - ago: minute(50) for ago in range(1, 61)}, self.clock.moment)
        self.watcher = Watcher(self.room.looker, self.room.eyes, self.room.record, self.clock)

    def pass_minutes(self, number: int, calls: Minute, store: Minute | None) -> None:
        """What each tells of minutes that pass; None is a store that does not answer."""
        for _ in range(number):
            self.clock.moment += 60
            told, at = int(self.clock.moment // 60) - 1, self.clock.moment
            self.room.eyes.each["calls"].adopt({told: calls}, at)
            if store is not None:
                self.room.eyes.each["store"].adopt({told: store}, at)
            self.watcher.look()

    @property
    def firing(self) -> list[str]:
        return [one.rule for one in self.room.state.firing]

    def says(self) -> tuple[str, str]:
        read = self.room.looker.lookout.read(self.room.state, self.clock.moment)[RULE]
        return read.verdict, read.why


async def test_two_sources_that_disagree_are_an_alert_until_they_agree(claims: Stand) -> None:
    shift = Shift(claims)
    good, bad = minute(50), minute(50, errors=20)
    shift.pass_minutes(30, good, good)
    assert shift.firing == []
    assert shift.says() == ("ok", "sources agree on error rate: calls 0.00 %, store 0.00 %")
    shift.pass_minutes(20, good, bad)
    (fired,) = claims.entries("alert.fired")
    assert (fired["rule"], fired["feed"], fired["severity"]) == (RULE, "calls", "ticket")
    assert fired["alert"].startswith("cross-check-error-rate-")
    assert fired["why"].startswith("sources disagree on error rate: calls 0.00 %, store ")
    assert shift.firing == [RULE]
    shift.pass_minutes(70, good, good)
    assert shift.firing == []
    (resolved,) = claims.entries("alert.resolved")
    assert resolved["why"] == "sources agree on error rate: calls 0.00 %, store 0.00 %"
    await shift.room.close()


async def test_a_store_that_dies_neither_fires_nor_resolves(claims: Stand) -> None:
    shift = Shift(claims)
    good, bad = minute(50), minute(50, errors=20)
    shift.pass_minutes(20, good, bad)
    assert shift.firing == [RULE]
    shift.pass_minutes(70, good, None)
    assert shift.firing == [RULE]
    assert shift.says() == ("stale", "not checked: feed store is stale, nothing read for 1h10m")
    await shift.room.close()


async def test_the_guides_own_metric_reads_what_it_read_before(claims: Stand) -> None:
    """The second source checks; it never takes the first one's place."""
    shift = Shift(claims)
    shift.pass_minutes(20, minute(50), minute(50, errors=20))
    reading = shift.room.looker.read(shift.room.state, shift.clock.moment)[0]["error-rate"]
    assert (reading.feed, reading.verdict) == ("calls", "ok")
    assert reading.value == 0.0
    await shift.room.close()


async def test_a_check_that_is_taken_out_lets_its_alert_go(claims: Stand) -> None:
    shift = Shift(claims)
    shift.pass_minutes(20, minute(50), minute(50, errors=20))
    assert shift.firing == [RULE]
    await shift.room.close()
    config = claims.directory / "warroom.toml"
    config.write_text(config.read_text().replace('check = "store"', "limit = 0.009"))
    again = Shift(claims, "")
    again.pass_minutes(6, minute(50), None)
    assert again.firing == []
    await again.room.close()


async def test_the_past_is_judged_alike(claims: Stand) -> None:
    """What `warroom check` tells of the record is what the watcher did."""
    shift = Shift(claims)
    good, bad = minute(50), minute(50, errors=20)
    for calls, store, length in ((good, good, 30), (good, bad, 20), (good, good, 70)):
        shift.pass_minutes(length, calls, store)
    previews = shift.room.looker.lookout.previews(shift.room.state, shift.clock.moment)
    (check,) = [one for one in previews if one.rule == RULE]
    (episode,) = check.episodes or ()
    (alert,) = shift.room.state.alerts.values()
    assert (episode.fired_at, episode.resolved_at) == (alert.fired_at, alert.resolved_at)
    assert episode.fired_at > NOW
    await shift.room.close()
