"""The Alerts screen: what stands in the list and in which order, and what each key does there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.outside import OutsideAlert
from console.domain.times import utc
from console.room import WarRoom
from console.screens.alerts import AlertsScreen
from console.screens.dialogs import Ask
from console.screens.metrics import MetricsScreen
from console.screens.overview import OverviewScreen
from tests.app.hostile import ATTACK, FORBIDDEN, MARKUP
from tests.app.rooms import (
    NOW,
    Stand,
    adopt,
    console,
    done,
    fired,
    kinds,
    minutes,
    rolled_back,
    shown,
    stand,
    until,
    words,
)
from tests.app.test_keys import last, typed
from tests.feeds.alertmanager import Alertmanager
from tests.feeds.server import running
from tests.feeds.test_alertmanager import am_alert
from tests.room.stand import write


def outside(name: str = "Slow", number: int = 0, **more: Any) -> OutsideAlert:
    fields = {"state": "firing", "feed": "am", "since": NOW - 600, "severity": "page", **more}
    return OutsideAlert(f"{name}-{number}", name=name, **fields)


def said(app: WarRoomApp, text: str) -> bool:
    """Whether the operator was told so, however it is broken into lines."""
    return any(text in told.message for told in app._notifications)


def theirs(rule: str = "outside:Slow") -> e.Event:
    return e.AlertFired(f"{rule.replace(':', '-')}-1", rule, 2.0, 0.0, 2, 0, "am", "slow there")


@pytest.fixture
def watching(tmp_path: Path) -> Stand:
    """A deployment in its window that also reads an Alertmanager."""

    def add(values: dict[str, Any]) -> None:
        values["feeds"]["am"] = {"kind": "alertmanager", "url": "http://127.0.0.1:9"}

    standing = stand(tmp_path / "claims", add)
    standing.reach_full()
    return standing


def told(room: WarRoom, *alerts: OutsideAlert) -> WarRoom:
    """As if the Alertmanager had told of these."""
    room.eyes.each["am"].outside = alerts
    return adopt(room, minutes())


async def opened(app: WarRoomApp, pilot: Pilot[int]) -> AlertsScreen:
    await pilot.press("5")
    await done(app, pilot)
    assert isinstance(app.screen, AlertsScreen)
    return app.screen


def ids(screen: AlertsScreen) -> list[str]:
    """The rows from top to bottom, as they are drawn."""
    return list(
        dict.fromkeys(row.key for row in screen.feed.rows([i.view for i in screen.found.items]))
    )


async def test_the_worst_stands_first_and_what_is_muted_only_on_request(watching: Stand) -> None:
    taken = fired("latency-p95", "3.4 s")
    watching.past(
        (900.0, taken),
        (800.0, e.AlertAcknowledged("latency-p95-1")),
        (700.0, fired("cost-per-call")),
        (600.0, e.AlertResolved("cost-per-call-1", 0.02, "back")),
        (500.0, theirs()),
        *((60.0, event) for event in rolled_back("partial")),
    )
    alerts = (
        outside(), outside(number=1, state="silenced", muted_by="5e3f"),
        outside("Later", state="pending"), outside("Quiet", state="inhibited", muted_by="77aa"),
        outside("New"),
    )  # fmt: skip
    async with console(told(watching.open(), *alerts), (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        seen = [
            "rollback-rb-1",
            "outside-Slow-1",
            "latency-p95-1",
            "outside:New",
            "outside:Later",
        ]
        assert ids(screen) == seen
        text = shown(app)
        assert "2 firing, 1 not acknowledged · 1 muted (z shows them)" in text
        assert "▶ ROLLBACK" in text
        assert "◌ pending" in text
        await pilot.press("z")
        assert ids(screen) == [*seen, "outside:Quiet", "cost-per-call-1"]
        await until(pilot, lambda: "⊘ muted" in shown(app) and "✓ resolved" in shown(app))
        await pilot.press("z")
        assert ids(screen) == seen


async def test_the_details_of_ours(window: Stand) -> None:
    window.past((360.0, fired()), (60.0, e.AlertAcknowledged("error-rate-1")))
    room = adopt(window.open(), minutes(errors=1))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        text = " ".join(shown(app).replace("│", " ").split())
        for words in (
            "1 firing, 0 not acknowledged",
            "Why 1.80 % of 1,200 calls failed, over 1 %",
            "Now breach: 2.50 % of",
            "1.80 % · limit 1.00 % · n 1,200",
            "Since 13:54:00Z, 6 min ago",
            "by agent lead, 13:59:00Z, 1 min ago",
            "Told tech lead (tech lead)",
        ):
            assert words in text, text


async def test_the_details_of_theirs_are_literal_text(watching: Stand) -> None:
    watching.past((500.0, theirs()))
    alert = outside(
        summary=f"p95 {MARKUP}",
        labels=(("pod", f"p1{MARKUP}"), ("service", "agent")),
        links=(("runbook_url", f"https://wiki.example/{MARKUP}"),),
    )
    async with console(told(watching.open(), alert), (200, 60)) as (app, pilot):
        await opened(app, pilot)
        text = " ".join(shown(app).replace("│", " ").split())
        assert not FORBIDDEN & set(text)
        for words in (
            "There 1 firing",
            "page · firing at am since 13:50:00Z, 10 min ago",
            f"p95 {MARKUP}",
            f"pod=p1{MARKUP}, service=agent",
            f"runbook_url https://wiki.example/{MARKUP}",
        ):
            assert words in text, text


async def test_a_rule_of_the_team_names_its_people_and_its_metric(tmp_path: Path) -> None:
    def add(values: dict[str, Any]) -> None:
        values["rules"] = [
            {"id": "slow", "metric": "latency-p95", "over": 2.0, "window_s": 600,
             "severity": "ticket", "recipient": "tech-lead"},
        ]  # fmt: skip

    standing = stand(tmp_path / "claims", add)
    mine = e.AlertFired(
        "slow-1", "rule:slow", 2.5, 2.0, 90, 600, "calls", "2.5 s", "ticket", ("tech-lead",)
    )
    standing.past((300.0, mine))
    async with console(adopt(standing.open(), minutes()), (120, 40)) as (app, pilot):
        await opened(app, pilot)
        text = " ".join(shown(app).replace("│", " ").split())
        for words in ("slow (rule)", "ticket to tech-lead", "Told tech lead (tech lead)"):
            assert words in text, text
        await pilot.press("m")
        await done(app, pilot)
        assert isinstance(app.screen, MetricsScreen)
        assert app.screen.board.cursor_id == "latency-p95"


async def test_a_feed_that_is_down_is_one_cause(window: Stand) -> None:
    window.past((360.0, fired()))
    room = window.open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        await until(pilot, lambda: "● live" in shown(app))
        window.log.unlink()
        await until(pilot, lambda: "there is no file" in shown(app))
        window.clock.moment += 240
        screen = await opened(app, pilot)
        await until(pilot, lambda: "feed calls down 4 min: 7 metrics unknown" in shown(app))
        (escalated,) = [name for name in ids(screen) if name.startswith("escalation-")]
        assert ids(screen) == [escalated, "feed-calls"], "its clock runs on"
        screen.choose("feed-calls")
        await pilot.pause()
        text = " ".join(shown(app).replace("│", " ").split())
        assert "error rate (1 not acknowledged)" in text
        assert "1 firing, 1 not acknowledged · 1 muted" in text
        assert "escalation rate, latency p95, error rate" in text
        await pilot.press("z")
        assert ids(screen) == [escalated, "feed-calls", "error-rate-1"]
        await pilot.press("a")
        await done(app, pilot)
        assert (kinds(room)[-1], last(room)["alert"]) == ("alert.acknowledged", "error-rate-1")
        await pilot.press("1")
        await until(pilot, lambda: "feed calls down 4 min" in shown(app))


async def test_slash_filters_by_any_text_and_its_opposite(watching: Stand) -> None:
    watching.past((500.0, fired()))
    alerts = (outside(labels=(("pod", "P7"),)), outside("Disk", summary="full"))
    async with console(told(watching.open(), *alerts), (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        assert ids(screen) == ["error-rate-1", "outside:Disk", "outside:Slow"]
        await pilot.press("slash", *"pod=p7")
        assert ids(screen) == ["outside:Slow"]
        await until(pilot, lambda: "filter: pod=p7" in shown(app))
        screen.line.value = "!outside"
        await pilot.pause()
        assert ids(screen) == ["error-rate-1"]
        screen.line.value = "nowhere"
        await until(pilot, lambda: "nothing matches" in shown(app))
        await pilot.press("enter", "escape")
        assert len(ids(screen)) == 3
        assert not screen.line.display


async def test_a_takes_the_alert_under_the_cursor(watching: Stand) -> None:
    watching.past((500.0, fired()), (400.0, theirs()))
    room = told(watching.open(), outside())
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        screen.feed.cursor_id = "outside-Slow-1"
        await pilot.press("a")
        await done(app, pilot)
        assert (kinds(room)[-1], last(room)["alert"]) == ("alert.acknowledged", "outside-Slow-1")
        await until(pilot, lambda: ids(screen)[:2] == ["error-rate-1", "outside-Slow-1"])


async def test_o_opens_an_incident_that_names_the_alert(watching: Stand) -> None:
    watching.past((500.0, fired()))
    room = told(watching.open())
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("o")
        await typed(pilot, "the queue is full")
        await done(app, pilot)
        assert kinds(room)[-2:] == ["incident.opened", "duty.started"]
        (incident,) = room.state.incidents.values()
        assert (incident.severity, incident.title) == (
            2, "error rate (error-rate-1): the queue is full",
        )  # fmt: skip
        assert incident.alerts == ("error-rate-1",)


@pytest.mark.parametrize("key", ["m", "enter"])
async def test_m_goes_to_the_minute_that_raised_it(
    key: str, watching: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[tuple[str, float | None]] = []
    go = WarRoomApp.open_metric

    def seen(app: WarRoomApp, metric: str, at: float | None = None) -> None:
        went.append((metric, at))
        go(app, metric, at)

    monkeypatch.setattr(WarRoomApp, "open_metric", seen)
    watching.past((500.0, fired("latency-p95")), (400.0, theirs()))
    async with console(told(watching.open(), outside()), (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        screen.feed.cursor_id = "outside-Slow-1"
        await pilot.press(key)
        assert "no metric that is charted here" in shown(app)
        screen.feed.cursor_id = "latency-p95-1"
        await pilot.press(key)
        await done(app, pilot)
        assert isinstance(app.screen, MetricsScreen)
        assert app.screen.board.cursor_id == "latency-p95"
        assert went == [("latency-p95", NOW - 500.0)]


async def test_s_silences_our_own_notices_says_so_and_lifts_it(watching: Stand) -> None:
    watching.past((500.0, fired()), (400.0, theirs()))
    room = told(watching.open(), outside())
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        screen.feed.cursor_id = "error-rate-1"
        await pilot.press("s")
        await typed(pilot, "a while: deploy")
        await until(pilot, lambda: "write how long and why" in shown(app))
        await typed(pilot, "25h: deploy")
        await until(pilot, lambda: "at most 24 h" in shown(app))
        await typed(pilot, "30m: deploy of the proxy")
        await until(pilot, lambda: "error rate · SILENCED until 14:30:00Z" in shown(app))
        await until(pilot, lambda: "over in 30 min: deploy of the proxy" in words(app))
        assert "FIRING" in shown(app)
        await pilot.press("s")
        await until(pilot, lambda: "silenced until 14:30:00Z by agent lead" in words(app))
        await typed(pilot, "lift: done sooner")
        await until(pilot, lambda: "SILENCED" not in shown(app))
        assert [kind for kind in kinds(room) if "silence" in kind] == [
            "notices.silenced", "silence.lifted",
        ]  # fmt: skip


async def test_a_silence_that_is_over_is_not_shown(watching: Stand) -> None:
    silenced = e.NoticesSilenced("s-1", "error-rate", utc(NOW - 10), "deploy")
    watching.past((500.0, fired()), (400.0, silenced))
    async with console(told(watching.open()), (120, 40)) as (app, pilot):
        await opened(app, pilot)
        assert "error rate" in shown(app)
        assert "SILENCED" not in shown(app)


async def test_what_is_never_silenced_says_why(watching: Stand) -> None:
    watching.past((500.0, fired("safety-flags")), (400.0, theirs()))
    room = told(watching.open(), outside())
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        screen.feed.cursor_id = "safety-flags-1"
        before = len(room.record.entries)
        await pilot.press("s")
        await until(pilot, lambda: said(app, "about safety flags: nothing silences these"))
        screen.feed.cursor_id = "outside-Slow-1"
        await pilot.press("s")
        await until(pilot, lambda: "it is offline" in shown(app))
        assert len(room.record.entries) == before


@pytest.fixture
def there() -> Iterator[Alertmanager]:
    """An Alertmanager with one alert."""
    with running() as server:
        held = Alertmanager(server)
        held.alerts = [am_alert("Slow")]
        yield held


async def test_s_has_theirs_silenced_there(there: Alertmanager, tmp_path: Path) -> None:
    def add(values: dict[str, Any]) -> None:
        values["feeds"]["am"] = {"kind": "alertmanager", "url": there.server.url}

    room = stand(tmp_path / "claims", add).open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        await until(pilot, lambda: any(i.group for i in screen.found.items))
        await pilot.press("s")
        await typed(pilot, "a while: deploy")
        await until(pilot, lambda: "write how long and why" in shown(app))
        await typed(pilot, "25h: deploy")
        await until(pilot, lambda: "at most 24 h" in shown(app))
        assert isinstance(app.screen, Ask)
        assert not there.posted
        await typed(pilot, "30m: deploy of the proxy")
        await until(pilot, lambda: "is silenced until 2026-12-01T14:30:00Z" in shown(app))
        assert [kind for kind in kinds(room) if kind.startswith("silence.")] == [
            "silence.asked", "silence.answered",
        ]  # fmt: skip
        assert there.posted[0]["createdBy"] == "agent lead"
        await until(pilot, lambda: "over in 30 min; by agent lead" in shown(app))


async def test_what_an_alertmanager_tells_is_shown_as_text(
    there: Alertmanager, tmp_path: Path
) -> None:
    def add(values: dict[str, Any]) -> None:
        values["feeds"]["am"] = {"kind": "alertmanager", "url": there.server.url}

    alert = am_alert(f"Slow{ATTACK}", pod=f"p{ATTACK}")
    alert["annotations"] = {"summary": f"p95 {ATTACK}", "wiki": f"https://wiki.example/{ATTACK}"}
    there.alerts = [alert]
    room = stand(tmp_path / "claims", add).open(offline=False)
    async with console(room, (200, 60)) as (app, pilot):
        await opened(app, pilot)
        await until(pilot, lambda: f"Slow{MARKUP}␛]52" in shown(app))
        await until(pilot, lambda: f"https://wiki.example/{MARKUP}" in shown(app))
        await until(pilot, lambda: bool(room.state.firing))
        for key in ("1", "5", "0"):
            await pilot.press(key)
            await done(app, pilot)
            assert not FORBIDDEN & set(shown(app))
        assert app.is_running


async def test_what_is_newly_the_worst_is_in_sight_on_the_overview(watching: Stand) -> None:
    """Wherever the list stood, while the keys work elsewhere."""
    room = told(watching.open(), *(outside(f"alert {n}") for n in range(20)))
    async with console(room) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, OverviewScreen)
        screen.feed.cursor_id = ids_of(app)[9]
        screen.feed.jump(12)
        await until(pilot, lambda: screen.feed.scroll_offset.y == 12)
        write(room, fired())
        room.changed()
        await until(pilot, lambda: ids_of(app)[0] == "error-rate-1")
        await until(pilot, lambda: screen.feed.scroll_offset.y == 0)
        assert screen.feed.cursor_id == "error-rate-1"


async def test_enter_on_the_overview_shows_what_is_known(window: Stand) -> None:
    window.past(
        (900.0, fired()), (800.0, fired("latency-p95")),
        (700.0, e.AlertResolved("error-rate-1", 0.0, "ok")),
    )  # fmt: skip
    async with console(adopt(window.open(), minutes()), (120, 40)) as (app, pilot):
        for place, alert in ((0, "latency-p95-1"), (1, "error-rate-1")):
            await pilot.press("1")
            assert isinstance(app.screen, OverviewScreen)
            app.screen.feed.focus()
            app.screen.feed.cursor_id = ids_of(app)[place]
            await pilot.press("enter")
            await done(app, pilot)
            assert isinstance(app.screen, AlertsScreen)
            assert app.screen.feed.cursor_id == alert
            assert alert in shown(app)


def ids_of(app: WarRoomApp) -> list[str]:
    """The alerts on the Overview, from top to bottom."""
    assert isinstance(app.screen, OverviewScreen)
    return list(app.screen.feed._first)


async def test_thousands_of_names_stay_usable(watching: Stand) -> None:
    many = [outside(f"N{n:05}", labels=(("pod", f"p{n}"),)) for n in range(10_000)]
    async with console(told(watching.open(), *many), (80, 24)) as (app, pilot):
        screen = await opened(app, pilot)
        await pilot.press("end")
        await until(pilot, lambda: "and 9,000 more names" in shown(app))
        await pilot.press("slash", *"pod=p9876")
        await until(pilot, lambda: ids(screen) == ["outside:N09876"])
        assert "N09876 (outside)" in shown(app)
