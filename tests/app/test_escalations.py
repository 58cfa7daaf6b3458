"""The escalation queue by its keys: groups, single ones, marks, deeds, thousands."""

import json
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from textual.screen import Screen

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.call import Call
from console.domain.times import utc
from console.evidence import keep_bytes
from console.room import WarRoom
from console.screens.alerts import AlertsScreen
from console.screens.calls import CallScreen
from console.screens.catalogue import do_there
from console.screens.dialogs import Ask, Choose
from console.screens.escalations import EscalationsScreen, GroupScreen
from tests.app.rooms import NOW, Stand, burst, console, done, kinds, shown, until, words

S = TypeVar("S", bound=Screen[Any])


def raise_(
    window: Stand,
    count: int,
    *,
    reason: str = "policy unclear",
    row: str = "escalate",
    sla: float = 900.0,
    prefix: str = "c",
    ago: float = 60.0,
) -> None:
    """So many escalations of one group, a second apart."""
    digest = keep_bytes(window.directory, reason.encode()) if row == "escalate" else ""
    items = tuple(
        e.EscalationItem(
            f"{row}-{prefix}{n}", f"{prefix}{n}", utc(NOW - ago + n), utc(NOW - ago + n + sla)
        )
        for n in range(count)
    )
    what = "" if row == "escalate" else reason
    until_ = "resolved" if row == "escalate" else "acknowledged"
    window.past(
        *(
            (ago, e.EscalationRaised(
                row, items[start:start + 500], ("reviewer",), "agent lead", digest, what,
                until=until_,  # type: ignore[arg-type]  # one of its words
            ))
            for start in range(0, count, 500)
        )
    )  # fmt: skip


def last(room: WarRoom) -> dict[str, object]:
    data: dict[str, object] = json.loads(bytes(room.record.entries[-1].data))
    return data


def at(app: WarRoomApp, kind: type[S]) -> S:
    """The screen that is shown, of this kind."""
    screen = app.screen
    assert isinstance(screen, kind)
    return screen


def spoilt(window: Stand) -> str:
    """The name of the only evidence, which somebody changed."""
    (kept,) = (window.directory / "evidence").iterdir()
    kept.write_text("somebody changed it")
    return kept.name


async def type_in(app: WarRoomApp, text: str) -> None:
    burst(app, *text, "enter")


async def test_groups_stand_with_their_clocks_and_what_to_do(window: Stand) -> None:
    raise_(window, 3, sla=1200.0)
    raise_(window, 1, reason="shell", row="tool-misuse", sla=20.0, prefix="t")
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.press("6")
        await done(app, pilot)
        text = words(app)
        for said in (
            "4 open · 1 LATE · answered within SLA 0.0 % of 1",
            "▲ LATE by 40 s",
            "shell",
            '◆ waits 19:00 left "policy unclear" 3',
            "Who reviewer +44 20 7946 0016",
            "Backup agent lead +44 20 7946 0010",
            "at once, within 60 s of being raised",
            "Suspend the permission of that tool",
        ):
            assert said in text, (said, text)


async def test_a_single_one_is_taken_handed_on_and_resolved(window: Stand) -> None:
    raise_(window, 2)
    room = window.open()
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("6", "enter")
        await done(app, pilot)
        at(app, GroupScreen)
        await pilot.press("a")
        await done(app, pilot)
        assert room.state.escalations["escalate-c0"].acknowledged_by == "agent lead"
        await until(pilot, lambda: "Taken by agent lead" in words(app))
        await pilot.press("h")
        await done(app, pilot)
        assert room.state.escalations["escalate-c0"].to == ("agent lead",)
        await pilot.press("p")
        at(app, Choose)
        await pilot.press("j", "enter")
        await done(app, pilot)
        assert room.state.escalations["escalate-c0"].to == ("tech lead",)
        await pilot.press("x")
        at(app, Ask)
        await type_in(app, "answered by hand")
        await until(pilot, lambda: "The pattern of the input" in words(app))
        await type_in(app, "two clauses apply")
        await done(app, pilot)
        held = room.state.escalations["escalate-c0"]
        assert (held.outcome, held.pattern) == ("answered by hand", "two clauses apply")
        await until(pilot, lambda: "call c0" not in words(app))
        assert at(app, GroupScreen).list_.cursor_id == "escalate-c1", "what is left"
        await pilot.press("escape")
        at(app, EscalationsScreen)


async def test_a_flag_is_judged_true_or_false(window: Stand) -> None:
    raise_(window, 1, reason="pii", row="safety-flag")
    room = window.open()
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("6", "x")
        at(app, Choose)
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await type_in(app, "loosened the filter")
        await done(app, pilot)
        assert last(room)["verdict"] == "false-positive"
        assert kinds(room)[-1] == "escalation.resolved"


async def test_a_group_or_all_that_is_marked_is_one_deed(window: Stand) -> None:
    raise_(window, 40)
    raise_(window, 3, reason="amount too high", prefix="d")
    room = window.open()
    async with console(room, (120, 40)) as (app, pilot):
        do_there(app, "escalations", "escalations.acknowledge")
        await until(pilot, lambda: "a does it, to what is under the cursor" in words(app))
        await pilot.press("enter", "space", "space", "a")
        await done(app, pilot)
        taken = [one.id for one in room.state.escalations.values() if one.acknowledged_at]
        assert taken == ["escalate-c0", "escalate-c1"]
        await pilot.press("escape")
        at(app, EscalationsScreen)
        await until(pilot, lambda: "agent lead has 2" in words(app))
        await pilot.press("space", "space")
        await until(pilot, lambda: "2 marked · 43 open" in words(app))
        await until(pilot, lambda: "x Resolve (43)" in shown(app))
        await pilot.press("x")
        await type_in(app, "all answered")
        await until(pilot, lambda: "The pattern of the input" in words(app))
        raise_(window, 1, prefix="new")  # what came in meanwhile is not resolved unread
        await type_in(app, "a new form")
        await done(app, pilot)
        await until(pilot, lambda: room.state.escalations["escalate-c39"].resolved_at is not None)
        left = [one.id for one in room.state.escalations.values() if one.resolved_at is None]
        assert left in ([], ["escalate-new0"])


async def test_a_refused_resolution_keeps_what_was_typed(window: Stand) -> None:
    raise_(window, 1)
    room = window.open(who="")
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("6", "x")
        await type_in(app, "answered")
        await until(pilot, lambda: "The pattern of the input" in words(app))
        await type_in(app, "two clauses")
        await until(pilot, lambda: "changes nothing" in words(app))
        assert "two clauses" in words(app)


async def test_enter_shows_the_call_where_it_is_held(window: Stand) -> None:
    raise_(window, 2)
    room = window.open()
    room.eyes.each["calls"].recent.append(
        Call("c0", NOW - 60, escalation="policy unclear", input="May I?", output="ESCALATE: …")
    )
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("6", "enter", "enter")
        await done(app, pilot)
        at(app, CallScreen)
        assert "May I?" in shown(app)
        await pilot.press("escape", "j", "enter")
        await until(pilot, lambda: "c1 is not held here" in words(app))


async def test_a_filter_finds_one_among_thousands_and_rows_are_bounded(window: Stand) -> None:
    raise_(window, 10_000)
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.press("6", "enter")
        await done(app, pilot)
        at(app, GroupScreen)
        await pilot.press("end")
        assert at(app, GroupScreen).list_.height_at(100) == 301
        assert "the first 300 of 10,000" in words(app)
        await pilot.press("home")
        await pilot.press("slash")
        burst(app, *"c9876", "enter")
        await until(pilot, lambda: "call c9876" in words(app))
        assert at(app, GroupScreen).list_.height_at(100) == 1
        await pilot.press("escape")
        assert at(app, GroupScreen), "the first escape leaves the filter"


@pytest.mark.parametrize("keys", [("6",), ("6", "enter")])
async def test_thousands_are_drawn_within_a_frame_or_two(
    window: Stand, keys: Sequence[str]
) -> None:
    raise_(window, 10_000)
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.press(*keys)
        await done(app, pilot)
        screen = app.screen
        assert isinstance(screen, EscalationsScreen | GroupScreen)
        took = []
        for _ in range(5):
            began = time.perf_counter()
            screen.refresh_view()
            took.append(time.perf_counter() - began)
        assert min(took) < 0.05, "what is on the event loop does not grow with the queue"


async def test_the_alerts_tell_each_group_in_a_line_and_lead_to_it(window: Stand) -> None:
    raise_(window, 3, sla=600.0)
    raise_(window, 2, reason="amount too high", prefix="d")
    async with console(window.open(), (200, 60)) as (app, pilot):
        text = words(app)
        assert '◆ ESCALATION 3 × "policy unclear"' in text, text
        await pilot.press("5")
        await done(app, pilot)
        alerts = at(app, AlertsScreen)
        alerts.feed.cursor_id = alerts.found.items[1].view.id
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EscalationsScreen))
        await until(pilot, lambda: "amount too high" in words(app))
        screen = at(app, EscalationsScreen)
        assert screen.words(app.room.picture()).plain.startswith('"amount too high"')


async def test_missing_evidence_goes_by_its_hash(window: Stand) -> None:
    raise_(window, 1)
    kept = spoilt(window)
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.press("6")
        await done(app, pilot)
        assert f"reason {kept[:8]}" in words(app)
        assert "somebody changed it" not in shown(app)


async def test_what_nobody_looks_after_is_said(window: Stand) -> None:
    config = window.directory / "warroom.toml"
    text = config.read_text().replace('tools = ["policy-lookup", "claims-history"]', "")
    config.write_text(text + '\n[[escalation.rota]]\nhours = "08:00-20:00"\nprimary = "reviewer"\n')
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.press("6")
        await done(app, pilot)
        await until(
            pilot,
            lambda: (
                "no shift covers reviewer: Tue 12-01 20:00 to Wed 12-02 08:00Z (12h)" in words(app)
            ),
        )
        assert "tools are not checked" in words(app)
