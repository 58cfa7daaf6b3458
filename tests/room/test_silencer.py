"""What is said of a silence when the Alertmanager refuses, lies, or does not answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.write import render, write_new
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain.state import Silence
from console.journal import Unwritable
from console.room.silencer import silence
from tests.feeds.alertmanager import Alertmanager
from tests.feeds.server import Handler, running
from tests.room.stand import NOBODYS, Stand


@pytest.fixture
def there() -> Iterator[Alertmanager]:
    with running() as server:
        yield Alertmanager(server)


def deployment(tmp_path: Path, url: str, **keys: object) -> Stand:
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    del values["traffic"]["switch"]  # nobody's
    values["feeds"] = {
        "calls": {"kind": "jsonl", "path": "calls.jsonl"},
        "am": {"kind": "alertmanager", "url": url, "deadline_s": 2.0, **keys},
    }
    (tmp_path / "claims").mkdir()
    write_new(tmp_path / "claims", render(values))
    return Stand(tmp_path / "claims")


async def silenced(standing: Stand) -> tuple[Silence, str]:
    async with standing.room() as room:
        done, told = await silence(room, "Slow", 3600.0, "deploy \x1b[2J")
        assert room.state.silences == {done.id: done}
        return done, told


async def test_it_is_asked_for_with_all_that_people_there_want_to_know(
    there: Alertmanager, tmp_path: Path
) -> None:
    match = ['service="a\\"b"', "team!~ops|web"]
    done, told = await silenced(deployment(tmp_path, there.server.url, match=match))
    assert (done.outcome, done.their_id) == ("set", "5e3f")
    assert told == "Slow at am is silenced until 2026-12-01T15:00:00Z (silence 5e3f)"
    (asked,) = there.posted
    assert asked == {
        "matchers": [
            {"name": "alertname", "value": "Slow", "isRegex": False, "isEqual": True},
            {"name": "service", "value": 'a"b', "isRegex": False, "isEqual": True},
            {"name": "team", "value": "ops|web", "isRegex": True, "isEqual": False},
        ],
        "startsAt": "2026-12-01T14:00:00Z",
        "endsAt": "2026-12-01T15:00:00Z",
        "createdBy": "agent lead",
        "comment": f"deploy ␛[2J ({done.id})",
    }


async def test_a_refusal_says_why_and_nothing_is_silenced(
    there: Alertmanager, tmp_path: Path
) -> None:
    there.post_status, there.post_body, there.keeps = 400, b'"invalid silence: no"', False
    done, told = await silenced(deployment(tmp_path, there.server.url))
    assert done.outcome == "failed"
    assert "Slow at am is NOT silenced: 400 from http://127.0.0.1:" in told
    assert "(invalid silence: no)" in told


async def test_a_200_proves_nothing(there: Alertmanager, tmp_path: Path) -> None:
    there.keeps = False
    done, told = await silenced(deployment(tmp_path, there.server.url))
    assert (done.outcome, done.their_id) == ("unknown", "")
    assert told == (
        "Slow at am may or may not be silenced: it was taken, but it is not there when read back"
    )


async def test_an_answer_that_was_lost_is_looked_for(there: Alertmanager, tmp_path: Path) -> None:
    there.post_status, there.post_body = 502, b""
    done, _ = await silenced(deployment(tmp_path, there.server.url))
    assert (done.outcome, done.their_id) == ("set", "5e3f")


async def test_another_silence_than_the_one_asked_for_is_none(
    there: Alertmanager, tmp_path: Path
) -> None:
    standing = deployment(tmp_path, there.server.url)
    wrong = there.server.answers["/api/v2/silences"]

    def widened(handler: Handler) -> None:
        for one in there.held:
            one["matchers"] = [*one["matchers"], {**one["matchers"][0], "isRegex": True}]
        wrong(handler)

    there.server.answers["/api/v2/silences"] = widened
    done, _ = await silenced(standing)
    assert done.outcome == "unknown"


@pytest.mark.parametrize(
    ("alerts", "match", "why"),
    [
        ([], [], "no alert of exactly this name is there now"),
        ({"status": "success"}, [], "does not answer as Alertmanager's API v2 does"),
        ([{}], ['{a="b", c="d"}'], "feeds.am.match: {a="),
    ],
)
async def test_what_cannot_be_asked_is_not(
    alerts: Any, match: list[str], why: str, there: Alertmanager, tmp_path: Path
) -> None:
    there.alerts = alerts
    done, told = await silenced(deployment(tmp_path, there.server.url, match=match))
    assert (done.outcome, there.posted) == ("failed", [])
    assert "Slow at am is NOT silenced: " in told
    assert why in told


async def test_an_alertmanager_that_is_gone(tmp_path: Path) -> None:
    done, told = await silenced(deployment(tmp_path, "http://127.0.0.1:9"))
    assert done.outcome == "failed"
    assert (
        told == "Slow at am is NOT silenced: nothing was asked: http://127.0.0.1:9 does not listen"
    )


async def test_a_read_only_console_asks_for_nothing(there: Alertmanager, tmp_path: Path) -> None:
    standing = deployment(tmp_path, there.server.url)
    async with standing.room() as room:
        await room.refresh()
    async with standing.room(read_only=True) as room:
        with pytest.raises(Unwritable, match="read-only"):
            await silence(room, "Slow", 3600.0, "deploy")
    assert (there.server.seen, there.posted) == ([], [])
