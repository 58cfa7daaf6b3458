"""Other systems' alerts as readings: grouped, once each, and never over because a feed is quiet."""

from collections.abc import Sequence

from console.domain.alerts import AlertMemory, Transition, step
from console.domain.outside import (
    MOST_NAMES,
    OutsideAlert,
    distinct,
    grouped,
    outside_readings,
)
from console.domain.readings import Reading

NOW = 1_796_133_600.0


def alert(number: int = 0, name: str = "Slow", **more: object) -> OutsideAlert:
    fields = {"state": "firing", "feed": "am", "since": NOW - number, "summary": f"s{number}"}
    return OutsideAlert(id=f"{name}-{number}", name=name, **{**fields, **more})  # type: ignore[arg-type]  # fields by name


def read(
    alerts: Sequence[OutsideAlert], known: Sequence[str] = (), silent: str = ""
) -> dict[str, Reading]:
    found = outside_readings(
        alerts, known=known, silent={"am": silent} if silent else {}, ages={"am": 2.0}
    )
    return {one.metric: one for one in found}


def test_alerts_of_a_name_are_one_and_the_eldest_says_why() -> None:
    (one,) = read([alert(1), alert(3), alert(2)]).values()
    assert (one.metric, one.verdict, one.value, one.n) == ("outside:Slow", "breach", 3.0, 3)
    assert one.why == "3 of them: s3"
    assert (one.feed, one.age_s) == ("am", 2.0)


def test_what_is_pending_or_muted_does_not_fire() -> None:
    quiet = [alert(n, state=state) for n, state in enumerate(("pending", "silenced", "inhibited"))]
    assert read(quiet) == {}


def test_two_feeds_that_tell_of_one_alert() -> None:
    firing, muted = alert(feed="prom"), alert(state="silenced", muted_by="5e3f")
    assert distinct([firing, muted]) == distinct([muted, firing]) == (muted,)
    assert distinct([firing, alert(feed="am")])[0].feed == "prom"


def test_what_no_longer_fires_is_over_and_only_what_is_ours_to_say() -> None:
    known = ["outside:Slow", "outside:Gone", "error-rate"]
    found = read([alert()], known)
    assert {m: r.verdict for m, r in found.items()} == {
        "outside:Slow": "breach",
        "outside:Gone": "ok",
    }


def test_what_is_muted_there_is_over_for_that_reason() -> None:
    quiet = [alert(state="silenced", muted_by="5e3f"), alert(name="Gone", state="pending")]
    found = read(quiet, ["outside:Slow", "outside:Gone"])
    assert {m: (r.verdict, r.why) for m, r in found.items()} == {
        "outside:Slow": ("ok", "it is silenced there"),
        "outside:Gone": ("ok", "it no longer fires there"),
    }


def test_groups_stand_by_what_is_worst_in_them() -> None:
    mixed = [alert(5, state="silenced"), alert(1), alert(3), alert(9, state="pending")]
    quiet, waiting = alert(name="Quiet", state="inhibited"), alert(name="Later", state="pending")
    loud = [alert(n, "Loud", labels=(("pod", f"P{n}"),)) for n in range(3)]
    found = grouped([quiet, waiting, *mixed, *loud])
    assert list(found) == ["Loud", "Slow", "Later", "Quiet"]
    assert [one.id for one in found["Slow"].alerts] == ["Slow-3", "Slow-1", "Slow-9", "Slow-5"]
    assert found["Slow"].counts == "2 firing, 1 pending, 1 silenced"
    assert found["Quiet"].state == "inhibited"
    assert "pod=p2" in found["Loud"].hay


def test_nothing_is_over_while_a_feed_is_silent() -> None:
    found = read([alert()], ["outside:Slow"], silent="feed am is down")
    assert found["outside:Slow"].verdict == "stale"
    assert found["outside:Slow"].why == "feed am is down"


def test_its_life_is_that_of_every_alert() -> None:
    memory, told = AlertMemory(), list[Transition]()
    looks = [
        *[([alert()], "")] * 2,
        *[([], "feed am is down")] * 20,
        *[([], "")] * 6,
    ]
    for minute, (alerts, silent) in enumerate(looks):
        known = ["outside:Slow"] if memory.active else []
        for reading in read(alerts, known, silent).values():
            memory, new = step(memory, reading, NOW + 60 * minute)
            told += new
    assert [(one.kind, int(one.at - NOW) // 60) for one in told] == [("fired", 0), ("resolved", 27)]


def test_of_very_many_names_the_loudest_stand_alone() -> None:
    alerts = [alert(n, f"N{k:03d}") for k in range(MOST_NAMES + 10) for n in range(1 + (k == 59))]
    found = read(alerts)
    assert len(found) == MOST_NAMES + 1
    assert found["outside:N059"].n == 2
    assert found["outside:(others)"].n == 10


def test_what_fires_keeps_its_name_however_many_others_come() -> None:
    quiet = alert(0, "Zz")
    crowd = [alert(n, f"N{k:03d}") for k in range(2 * MOST_NAMES) for n in range(2)]
    found = read([quiet, *crowd], ["outside:Zz", "outside:N099"])
    assert found["outside:Zz"].verdict == "breach"
    assert found["outside:N099"].verdict == "breach"
    known = [f"outside:N{k:03d}" for k in range(2 * MOST_NAMES)]
    assert "ok" not in {one.verdict for one in read(crowd, known).values()}
