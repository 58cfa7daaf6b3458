"""What `check` looks at: each thing is found when it is wrong."""

import asyncio
import time
from pathlib import Path

import pytest

from config.model import Feed
from console.domain.commands import WriteNote
from console.domain.times import iso
from console.room.doctor import Examination, examine, missing_field
from console.room.picture import READ_METRICS
from tests.domain.build import deployment
from tests.room.stand import NOBODYS, RushClock, SetClock, Stand, stand


def look(directory: Path) -> Examination:
    return asyncio.run(examine(directory))


def told(found: Examination) -> dict[str, tuple[str, str]]:
    """What was found, by area and name."""
    return {f"{one.area} {one.name}": (one.verdict, one.detail) for one in found.findings}


@pytest.fixture
def fit(tmp_path: Path) -> Stand:
    """A deployment whose agent answers just now."""
    hand: dict[str, object] = {"id": "off", "title": "Off", "kind": "manual", "manual": "unplug it"}
    fit = stand(tmp_path / "fit", steps=[hand], suspensions=(), clock=RushClock())
    nothing = '"error": null, "escalation": null, "flags": []'
    log(fit, f'"latency_s": 0.9, "cost": 0.02, "version": "v2.4.0", {nothing}')
    return fit


def log(fit: Stand, rest: str, ago_s: float = 300.0) -> None:
    """Let the log hold 30 calls of some time ago."""
    at = iso(fit.clock.now() - ago_s)
    lines = [f'{{"id": "c{number}", "at": "{at}", {rest}}}\n' for number in range(30)]
    fit.log.write_text("".join(lines))


def change(fit: Stand, old: str, new: str) -> None:
    config = fit.directory / "warroom.toml"
    text = config.read_text()
    assert text.count(old) == 1
    config.write_text(text.replace(old, new))


def test_nothing_is_wrong(fit: Stand) -> None:
    found = look(fit.directory)
    assert found.wrong == []
    seen = told(found)
    assert seen["feed calls"][0] == "ok"
    assert seen["people tech-lead"] == ("warn", "tech lead sees alerts here only: write `notify`")
    assert seen["metric error-rate"][0] == "ok"
    assert seen["rollback off"] == ("ok", "a person would be asked")
    assert seen["executor process"][0] == "ok"
    assert not (fit.directory / "telemetry").exists(), "looking records nothing"
    assert not (fit.directory / "journal").exists()
    assert {one.rule for one in found.previews} >= {"watch:version", "watch:override"}


def test_a_role_that_nobody_holds(fit: Stand) -> None:
    change(fit, 'roles = ["tech-lead"]', 'roles = ["observer"]')
    verdict, why = told(look(fit.directory))["people tech-lead"]
    assert verdict == "fail"
    assert "latency-p95" in why
    assert "budget-burn" in why


def test_a_secret_that_is_missing(fit: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    change(fit, "X-Warroom-Synthetic = ", 'Authorization = { env = "NO_SUCH_TOKEN" }\nX-Warroom = ')
    seen = told(look(fit.directory))
    assert seen["secret invoke.headers.Authorization"] == (
        "fail",
        "the environment variable NO_SUCH_TOKEN is not set: give it to this shell",
    )


def test_a_feed_that_is_not_reached_is_one_cause(fit: Stand) -> None:
    change(fit, 'path = "calls.jsonl"', 'path = "nowhere.jsonl"')
    found = look(fit.directory)
    assert [(one.area, one.name, one.verdict) for one in found.wrong] == [
        ("feed", "calls", "unreached")
    ]
    assert told(found)["metric traffic"] == ("warn", "not known while feed calls gives nothing")


def test_a_log_that_lacks_what_a_metric_needs(fit: Stand) -> None:
    log(fit, '"input": "where is my claim?"')
    seen = told(look(fit.directory))
    assert seen["metric cost-per-call"] == (
        "fail",
        f"feed calls does not tell it: none of 30 calls says it; see: warroom fields {fit.log}",
    )
    assert seen["metric latency-p95"][0] == "fail"
    assert seen["metric traffic"][0] == "ok"


def test_a_metric_without_a_limit(fit: Stand) -> None:
    config = fit.directory / "warroom.toml"
    text = config.read_text()
    lines = [x for x in text.splitlines() if not x.startswith(("cost_per_call", "calls_per_hour"))]
    config.write_text("\n".join(lines))
    assert told(look(fit.directory))["metric traffic"] == (
        "fail",
        "has no limit: write [forecast]",
    )


def test_records_that_cannot_be_read(fit: Stand) -> None:
    with fit.log.open("a") as log:
        log.write("no json\n" * 3)
    verdict, why = told(look(fit.directory))["feed calls"]
    assert verdict == "fail"
    assert why.startswith("3 of 33 records unreadable")


def test_a_clock_that_differs_from_the_agents(fit: Stand) -> None:
    ahead = iso(fit.clock.now() + 3700)
    with fit.log.open("a") as log:
        log.write(f'{{"id": "later", "at": "{ahead}", "latency_s": 1, "cost": 0.1}}\n')
    verdict, why = told(look(fit.directory))["clock agent"]
    assert verdict == "fail"
    assert "in the future" in why


def test_a_journal_of_another_time(tmp_path: Path) -> None:
    later = stand(tmp_path / "later", clock=SetClock(time.time() + 86_400))

    async def write_a_note() -> None:
        async with later.room() as room:
            await room.do(WriteNote("from the future"))

    asyncio.run(write_a_note())
    seen = told(look(later.directory))
    assert seen["clock now"][0] == "fail"
    assert "before the journal's last entry" in seen["clock now"][1]
    # A first entry of its own stands before the note.
    assert seen["journal journal"] == ("ok", "2 entries verify")


def test_a_damaged_journal(tmp_path: Path) -> None:
    held = stand(tmp_path / "held", clock=RushClock())

    async def write_notes() -> None:
        async with held.room() as room:
            await room.do(WriteNote("first"))
            await room.do(WriteNote("second"))

    asyncio.run(write_notes())
    data = held.journal.read_bytes()
    held.journal.write_bytes(data.replace(b"first", b"worst"))
    found = look(held.directory)
    (wrong,) = [one for one in found.wrong if one.area == "journal"]
    assert wrong.detail.startswith("line ")
    assert "warroom journal verify" in wrong.detail


def test_a_disk_that_is_full(fit: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.room.doctor.ENOUGH_BYTES", 1 << 62)
    assert told(look(fit.directory))["disk space"][0] == "fail"


@pytest.mark.parametrize(
    ("kind", "keys", "lacks"),
    [
        ("jsonl", {"path": "x", "preset": "native"}, ""),
        ("jsonl", {"path": "x", "preset": "", "fields": {"at": "t"}}, "`fields` has no cost"),
        ("prometheus", {"url": "http://h", "preset": "warroom-prometheus"}, ""),
        (
            "prometheus",
            {"url": "http://h", "minutes": {"calls": "sum(x)"}},
            "`minutes` has no cost",
        ),
        ("prometheus", {"url": "http://h", "values": {"cost-per-call": "x"}}, ""),
    ],
)
def test_what_a_feed_would_need(kind: str, keys: dict[str, object], lacks: str) -> None:
    feed = Feed.model_validate({"kind": kind, **keys})
    assert missing_field("cost-per-call", feed, deployment()) == lacks


def test_prices_stand_in_for_costs() -> None:
    priced = deployment(extra="[prices.m]\ntokens_in = 1.0\ntokens_out = 1.0")
    fields = {"at": "t", "model": "m", "tokens_in": "i"}
    feed = Feed.model_validate({"kind": "jsonl", "path": "x", "preset": "", "fields": fields})
    assert missing_field("spend-rate", feed, priced) == ""
    assert missing_field("spend-rate", feed, deployment()) == "`fields` has no cost"


@pytest.mark.parametrize(
    ("kind", "named", "given"),
    [
        ("exposition", "warroom-metrics", set(READ_METRICS)),
        ("prometheus", "warroom-prometheus", set(READ_METRICS)),
        ("exposition", "http-requests", {"traffic", "error-rate", "latency-p95"}),
        ("prometheus", "otel-genai-metrics", {"traffic", "error-rate", "latency-p95"}),
        ("exposition", "n8n-metrics", {"traffic", "error-rate"}),
    ],
)
def test_what_a_preset_of_metrics_gives(kind: str, named: str, given: set[str]) -> None:
    feed = Feed.model_validate({"kind": kind, "url": NOBODYS, "preset": named})
    assert {one for one in READ_METRICS if not missing_field(one, feed, deployment())} == given


def test_a_second_source_that_cannot_give_the_metric(fit: Stand) -> None:
    with (fit.directory / "warroom.toml").open("a") as config:
        config.write(
            f'\n[feeds.store]\nkind = "exposition"\nurl = "{NOBODYS}"\npreset = "n8n-metrics"\n'
            '[metrics]\nerror-rate.check = "store"\nescalation-rate.check = "store"\n'
        )
    found = look(fit.directory)
    seen = told(found)
    why = "feed store cannot check it: `minutes` has no escalations"
    assert seen["metric escalation-rate check"] == ("fail", why)
    assert "metric error-rate check" not in seen
    checks = {one.rule: one.reading for one in found.previews}
    assert checks["cross-check:error-rate"].verdict == "down"
    assert checks["cross-check:error-rate"].why == "not checked: feed store is down, not read yet"
