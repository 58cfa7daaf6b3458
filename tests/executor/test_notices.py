"""Who is told of a rollback, that it goes on until they are, and that no secret is told."""

import asyncio
import json
import logging
import threading
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from config.model import Deployment, Person
from console.clock import SystemClock
from console.domain.events_rollback import NoticeSent
from console.domain.state_rollback import FiredToo, Step
from console.executor import notices
from console.executor.notices import recipients, tell, words
from console.executor.run import Run
from tests.domain.build import NOW, deployment
from tests.feeds.server import Handler, Server, running
from tests.room.stand import RushClock, eventually

PASSWORD = "hunter2"


class Inbox:
    """Takes notices as apprise's json:// sends them; `refuse` are the answers before."""

    def __init__(self, server: Server, path: str = "/notices", refuse: int = 0) -> None:
        self.path = path
        self.refuse = refuse
        self.asked = 0
        self.taken: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._port = server.server_port
        server.answers[path] = self

    def __call__(self, handler: Handler) -> None:
        with self._lock:
            self.asked += 1
            refused = self.asked <= self.refuse
            if not refused:
                self.taken.append(json.loads(handler.body))
        handler.reply(500 if refused else 200, b"")

    @property
    def url(self) -> str:
        return f"json://me:{PASSWORD}@127.0.0.1:{self._port}{self.path}"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(notices, "LEAST_PAUSE_S", 0.01)


def person(name: str, *addresses: str, **more: object) -> Person:
    told = {"name": name, "roles": ["tech-lead"], "notify": list(addresses), **more}
    return Person.model_validate(told)


async def told_of(
    people: list[Person], tmp_path: Path, give_up_s: float = 20.0, **more: Any
) -> list[NoticeSent]:
    heard: list[NoticeSent] = []
    clock = more.pop("clock", SystemClock())
    await tell("rb-1", people, tmp_path, "Title", "Text", heard.append, clock, give_up_s)
    return heard


def with_people(*people: dict[str, object]) -> Deployment:
    values = deployment().model_dump()
    given = [Person.model_validate(one) for one in people]
    owner = values["rollback"]["owner"]
    given.append(Person.model_validate({"name": owner, "roles": ["rollback-owner"]}))
    return deployment().model_copy(update={"people": tuple(given)})


def names(told: Deployment, trigger: str, by: str) -> list[str]:
    return [one.name for one in recipients(told, trigger, by)]


def test_who_is_told() -> None:
    told = with_people(
        {"name": "first lead", "roles": ["agent-lead", "tech-lead"]},
        {"name": "second lead", "roles": ["tech-lead"]},
        {"name": "third lead", "roles": ["agent-lead"]},
        {"name": "counsel", "roles": ["legal", "executive-sponsor"]},
        {"name": "Ed", "roles": ["observer", "reviewer"]},
    )
    owner = told.rollback.owner
    assert names(told, "error-rate", owner) == ["first lead", "third lead", "second lead"]
    assert names(told, "error-rate", "second lead") == [
        "first lead",
        "third lead",
        "second lead",
        owner,
    ]
    assert names(told, "data-breach", "counsel") == [
        "first lead",
        "third lead",
        "second lead",
        "counsel",
        owner,
    ]
    assert names(told, "data-breach", owner) == [
        "first lead",
        "third lead",
        "second lead",
        "counsel",
    ]


def test_an_owner_who_is_also_a_lead_is_told_once() -> None:
    made = deployment()
    owner = {"name": made.rollback.owner, "roles": ("rollback-owner", "agent-lead")}
    both = made.model_copy(update={"people": (Person.model_validate(owner),)})
    assert names(both, "error-rate", "somebody") == [made.rollback.owner]
    assert names(both, "error-rate", made.rollback.owner) == [made.rollback.owner]


async def test_everybody_is_told(tmp_path: Path) -> None:
    with running() as server:
        one, other = Inbox(server, "/one"), Inbox(server, "/other")
        people = [person("first lead", one.url, other.url), person("second lead", one.url)]
        heard = await told_of(people, tmp_path)
    assert {(told.person, told.outcome, told.detail) for told in heard} == {
        ("first lead", "delivered", "taken by all 2 addresses"),
        ("second lead", "delivered", "taken"),
    }
    assert all((told.about, told.tries) == ("rb-1", 1) for told in heard)
    assert (len(one.taken), len(other.taken)) == (2, 1)
    assert (one.taken[0]["title"], one.taken[0]["message"]) == ("Title", "Text")


async def test_a_failure_is_told_and_tried_again(tmp_path: Path) -> None:
    with running() as server:
        good, bad = Inbox(server, "/good"), Inbox(server, "/bad", refuse=2)
        heard = await told_of([person("first lead", good.url, bad.url)], tmp_path)
    assert [(told.outcome, told.tries) for told in heard] == [
        ("failed", 1),
        ("failed", 2),
        ("delivered", 3),
    ]
    assert heard[0].detail.startswith("1 of 2 addresses failed: ")
    assert (len(good.taken), bad.asked, len(bad.taken)) == (1, 3, 1)


async def test_one_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    with running() as server:
        inbox = Inbox(server)
        asked = threading.Event()

        def hang(_: Handler) -> None:
            asked.set()
            server.gone.wait(20)

        server.answers["/hangs"] = hang
        heard: list[NoticeSent] = []
        people = [
            person("first lead", inbox.url.replace("/notices", "/hangs")),
            person("second lead", inbox.url),
        ]
        clock = SystemClock()
        telling = asyncio.create_task(
            tell("rb-1", people, tmp_path, "Title", "Text", heard.append, clock)
        )
        await eventually(lambda: bool(heard) and asked.is_set())
        assert [(told.person, told.outcome) for told in heard] == [("second lead", "delivered")]
        telling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await telling
        server.gone.set()


async def test_no_secret_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with running() as server:
        inbox = Inbox(server, refuse=99)
        addresses = [inbox.url, f"nonsense://{PASSWORD}@x", f"json://me:{PASSWORD}@127.0.0.1:9/"]
        people = [person(f"p{n}", address, phone="+44 20") for n, address in enumerate(addresses)]
        heard = await told_of(people, tmp_path, give_up_s=0.3)
    last = {told.person: told for told in heard}
    assert last.keys() == {"p0", "p1", "p2"}
    assert all(told.outcome == "failed" for told in heard)
    assert all(told.detail.endswith("; given up: call +44 20") for told in last.values())
    assert last["p1"].detail.startswith("address 1 is none that a notice can be sent to")
    assert "p0" in {told.person for told in heard if told.tries > 1}
    written = repr(heard) + caplog.text + "".join(capfd.readouterr())
    assert PASSWORD not in written


async def test_a_secret_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAGER_URL", raising=False)
    one = Person.model_validate(
        {"name": "first lead", "roles": ["tech-lead"], "notify": [{"env": "PAGER_URL"}]}
    )
    heard = await told_of([one], tmp_path, give_up_s=0.0)
    assert [(told.outcome, told.tries) for told in heard] == [("failed", 1)]
    assert "PAGER_URL" in heard[0].detail
    assert heard[0].detail.endswith("; given up, and no phone number either")


@pytest.mark.parametrize(
    ("known", "detail"),
    [
        (
            {"phone": "+44 20 7946 0000", "available": "08:00-20:00"},
            "no address in warroom.toml: call +44 20 7946 0000 (08:00-20:00)",
        ),
        ({"phone": "+44 20"}, "no address in warroom.toml: call +44 20"),
        ({}, "no address in warroom.toml, and no phone number either"),
    ],
)
async def test_who_has_no_address_must_be_called(
    tmp_path: Path, known: dict[str, object], detail: str
) -> None:
    heard = await told_of([person("first lead", **known)], tmp_path)
    assert heard == [NoticeSent("rb-1", "first lead", "failed", detail, 1)]


async def test_it_is_given_up_in_the_end(tmp_path: Path) -> None:
    with running() as server:
        inbox = Inbox(server, refuse=10_000)
        heard = await told_of([person("first lead", inbox.url)], tmp_path, 10.0, clock=RushClock())
    assert heard[-1].detail.endswith("; given up, and no phone number either")
    assert heard[-1].tries == len(heard) == inbox.asked


async def later(heard: list[str], told: NoticeSent) -> None:
    heard.append(told.person)


@pytest.mark.parametrize("kind", ["raises", "awaited"])
async def test_a_record_that_cannot_be_made_stops_nobody(tmp_path: Path, kind: str) -> None:
    heard: list[str] = []

    def told(notice: NoticeSent) -> Awaitable[None] | None:
        if kind == "raises" and notice.person == "first lead":
            raise OSError("the disk is gone")
        return later(heard, notice)

    people = [person("first lead"), person("second lead")]
    await tell("rb-1", people, tmp_path, "T", "T", told, SystemClock())
    assert heard == (["second lead"] if kind == "raises" else ["first lead", "second lead"])


def run(**changes: Any) -> Run:
    steps = [
        Step("traffic", "Traffic back", "PUT x", "curl -X PUT y", "verified"),
        Step("image", "Old image", "PUT z", "deploy v1 by hand", "failed", "403"),
    ]
    values = {"state": "running", "why": "", **changes}
    return Run("rb-1", "canary-5-1", "data-breach", "v1", 900.0, 0.0, steps, **values)


def written(run: Run, directory: Path = Path("/srv/claims")) -> tuple[str, str]:
    told = deployment()
    return words(told, run, fired_by="first lead", at=NOW, elapsed_s=75.0, directory=directory)


def test_the_words_while_it_runs() -> None:
    title, text = written(run())
    assert title == "claims-triage: rollback of v2 to v1, running"
    assert text.splitlines() == [
        "Going back to v1, from v2.",
        "Trigger: data breach or exposure",
        "Fired by first lead at 2026-11-30T00:53:20Z",
        "Stopwatch: 1:15 of 15:00",
        "Steps: 1 of 2 verified",
        "Outcome: running",
        "Look: warroom open /srv/claims",
    ]


def test_the_words_of_one_that_is_not_verified() -> None:
    made = run(
        state="partial",
        why="image is not done",
        metric="not-yet",
        metric_why="12 % of 50 fresh calls fail",
        attached=[FiredToo("cost-runaway", "second lead", ("c-1",))],
        fallback="the claims desk answers",
        unjournalled="the disk is full",
    )
    title, text = written(made)
    assert title.endswith(", PARTIAL")
    for line in (
        "Outcome: PARTIAL: image is not done",
        "To be done by hand: Old image: deploy v1 by hand",
        "Also fired meanwhile: spend over 3x forecast for 15 min, by second lead (calls c-1)",
        "Metric: 12 % of 50 fresh calls fail",
        "Meanwhile: the claims desk answers",
        "Not in the journal: the disk is full",
    ):
        assert line in text.splitlines()


def test_the_words_of_one_that_is_done() -> None:
    title, text = written(run(state="verified", why="every step is verified"))
    assert title.endswith(", verified")
    assert text.startswith("Rolled back to v1, from v2.\n")


def test_the_words_are_clean_and_of_a_suspension() -> None:
    made = run(kind="suspension", title="Suspend \x1b]0;x\x07refunds", state="unknown", why="a\nb")
    title, text = written(made)
    assert title.startswith("claims-triage: Suspend ␛]0;x␇refunds, UNKNOWN")
    assert "\x1b" not in text
    assert "Outcome: UNKNOWN: a⏎b" in text.splitlines()
