"""The commands on a deployment whose agent runs, and the commands that stay."""

import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.guide import metric_rules
from console.clock import SavedClock
from console.demo.run import Demo
from tests.cli.shell import DONE, REFUSED, USAGE, Shell, entries

KEYS: dict[str, type | tuple[type, ...]] = {
    "agent": str,
    "context": str,
    "status": str,
    "phase": dict,
    "gate": dict,
    "metrics": dict,
    "alerts": list,
    "escalations": list,
    "checklist": dict,
    "feeds": list,
    "duties": list,
    "rollback": (dict, type(None)),
    "journal": dict,
}
VERDICTS = {"ok", "breach", "too-few", "stale", "down"}
TIMES = ["first_true", "detected", "ordered", "executed", "verified"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, Demo]]:
    """A demo in its window whose agent begins to fail, and a shell of the same account."""
    place = tmp_path_factory.mktemp("live")
    shell = Shell(place)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_STATE_HOME"):
            patch.setenv(name, shell.env[name])
        demo = Demo.start(place / "demo", speed=600.0)
    yield shell, demo
    demo.stop()


def _status(shell: Shell, directory: Path) -> dict[str, Any]:
    answer = shell("status", directory, "--json")
    assert (answer.code, answer.err) == (DONE, "")
    told: dict[str, Any] = answer.json()
    return told


def test_status_has_the_keys_that_programs_rely_on(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    told = _status(shell, demo.directory)
    for key, kind in KEYS.items():
        assert isinstance(told[key], kind), key
    assert (told["agent"], told["context"]) == ("claims-triage", "customer-facing")
    assert told["status"] == "in-window"
    assert told["phase"].keys() == {
        *("name", "increment", "attempt", "entered_at", "elapsed_s", "dwell_s")
    }
    assert told["phase"]["name"] == "full"
    assert told["phase"]["entered_at"].endswith("Z")
    assert told["phase"]["elapsed_s"] > 29 * 3600
    assert told["phase"]["dwell_s"] == 48 * 3600
    assert told["gate"]["verdict"] in {"met", "not-met", "unknown"}
    for criterion in told["gate"]["criteria"]:
        assert {"id", "verdict", "value", "limit", "n", "age_s"} <= criterion.keys()
    assert set(told["metrics"]) == {rule.id for rule in metric_rules()}
    assert len(told["metrics"]) == 8
    for metric, reading in told["metrics"].items():
        assert {"verdict", "value", "unit", "window_s", "n", "age_s", "feed"} <= reading.keys()
        assert reading["verdict"] in VERDICTS, metric
        assert isinstance(reading["value"], float | int), metric
    assert told["checklist"].keys() == {"total", "confirmed", "open_hard"}
    assert told["checklist"]["open_hard"] == []
    assert [feed.keys() for feed in told["feeds"]] == [
        {"id", "freshness", "age_s", "error", "newest_at", "trouble"}
    ]
    assert told["feeds"][0]["freshness"] == "live"
    assert {"entries", "head", "intact"} <= told["journal"].keys()
    assert told["journal"]["entries"] == len(entries(demo.directory))
    assert told["journal"]["head"] == entries(demo.directory)[-1]["h"]
    assert told["journal"]["intact"] is True


def test_status_offline_never_says_that_all_is_well(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    told = shell("status", demo.directory, "--json", "--offline").json()
    read = [one["verdict"] for metric, one in told["metrics"].items() if metric != "accuracy"]
    assert set(read) == {"stale"}
    assert told["feeds"][0]["freshness"] == "stale"
    assert told["gate"]["verdict"] == "unknown"


def test_status_in_words(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    said = shell("status", demo.directory).done()
    assert "claims-triage (customer-facing) is in-window at" in said
    assert "Feed calls is live, read " in said
    assert "intact" in said
    assert not set("✓▲◌◷✗·") & set(said), "it is read aloud"
    assert said.index("It is ") < said.index("The phase is full, for ") < said.index("Feed calls")


def test_checklist_and_gate(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    rows = shell("checklist", demo.directory, "--json").json()
    assert {"id", "category", "title", "hard", "state", "missing"} <= rows[0].keys()
    assert "0 hard open: GO is possible" in shell("checklist", demo.directory).done()
    gate = shell("gate", demo.directory, "--json")
    assert gate.code == REFUSED
    assert gate.json()["verdict"] in {"unknown", "not-met"}
    refused = shell("gate", demo.directory, "--advance")
    assert refused.code == REFUSED
    assert any("48" in line for line in refused.err.splitlines()), refused.err
    assert not [e for e in entries(demo.directory)[-2:] if e["kind"] == "gate.decided"]


def test_review_and_satisfaction(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    review = (
        "review",
        demo.directory,
        "c1=right",
        "a=b=subtle:it greets twice",
        "c3=skip:no output",
    )
    shell(*review, who="reviewer").done()
    every = [one for one in entries(demo.directory) if one["kind"] == "sample.judged"]
    judged = every[-1]["data"]["judgements"]
    assert judged == [
        {"call": "c1", "verdict": "right"},
        {"call": "a=b", "verdict": "subtle", "note": "it greets twice"},
        {"call": "c3", "verdict": "skip", "note": "no output"},
    ]
    shell("review", demo.directory, "c1=right", "c1=wrong").fails(REFUSED, "judged twice")
    shell("satisfaction", demo.directory, "neutral", "calls", who="BU operations lead").done()
    shell("satisfaction", demo.directory, "neutral", "calls", who="legal").fails(REFUSED, "judge")


def test_rollback_without_fire_only_shows(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    before = entries(demo.directory)
    answer = shell("rollback", demo.directory)
    assert (answer.code, answer.err) == (REFUSED, "")
    assert "This would restore v2.3.1. Owner: rollback owner, +44" in answer.out
    assert "by hand: curl -X PUT" in answer.out
    assert answer.out.endswith("Nothing was done. Do it with --fire.\n")
    assert entries(demo.directory) == before
    shell("rollback", demo.directory, "--fire", "--trigger", "whim").fails(
        REFUSED, "there is no trigger whim"
    )
    assert entries(demo.directory) == before


def test_watch_raises_the_alert_and_it_is_taken_in_hand(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    _watch_until_trigger(shell, demo)
    alert = next(a for a in _status(shell, demo.directory)["alerts"] if a["rule"] == "error-rate")
    assert alert["acknowledged_by"] == ""
    shell("ack", demo.directory, "error-rate", "looking").done()
    shell("ack", demo.directory, alert["id"], who="tech lead").fails(
        REFUSED, "was acknowledged by agent lead"
    )


def _watch_until_trigger(shell: Shell, demo: Demo) -> None:
    """Watch without a screen until it is written that a trigger is true."""
    pause = signal.sigtimedwait
    with shell.started("watch", demo.directory) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert watch.stdout.readline() == "watching claims-triage; stop with ctrl+c\n"
        for _ in range(600):
            if any(entry["kind"] == "trigger.raised" for entry in entries(demo.directory)):
                break
            pause({signal.SIGUSR1}, 0.1)
        else:
            pytest.fail("no trigger was raised within 60 s")
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(20) == DONE
        assert watch.stderr.read() == ""


def test_a_rollback_is_verified_and_its_times_add_up(live: tuple[Shell, Demo]) -> None:
    """With `warroom.toml` broken meanwhile: the last good one is used, and said."""
    shell, demo = live
    _watch_until_trigger(shell, demo)
    path = demo.directory / "warroom.toml"
    good = path.read_text()
    path.write_text("version = [")
    answer = shell(
        *("rollback", demo.directory, "--fire", "--trigger", "error-rate", "--json"),
        *("--why", "errors"),
        who="rollback owner",
    )
    path.write_text(good)
    assert answer.code == DONE, answer
    assert answer.err.count("\n") == 1
    assert "the last good config is used instead" in answer.err
    run = answer.json()
    assert (run["outcome"], run["trigger"], run["target"]) == ("verified", "error-rate", "v2.3.1")
    assert run["unjournalled"] == ""
    assert 0 < run["seconds"] < 120
    assert list(run["times"]) == TIMES
    assert None not in run["times"].values()
    assert list(run["times"].values()) == sorted(run["times"].values())
    assert [(step["id"], step["state"]) for step in run["steps"]] == [
        ("traffic", "verified"),
        ("version", "verified"),
    ]
    told = _status(shell, demo.directory)
    assert told["status"] == "rolled-back"
    assert told["rollback"]["outcome"] == "verified"
    assert told["rollback"]["times"] == run["times"]
    assert sum(run["id"] in duty["id"] for duty in told["duties"]) == 3
    assert SavedClock(demo.directory).speed == 600.0
    duty = next(duty["id"] for duty in told["duties"] if run["id"] in duty["id"])
    shell("duty", demo.directory, duty, "told by phone").done()
    shell("duty", demo.directory, duty, "again").fails(REFUSED, "is not owed")
    shell(
        *(
            "postmortem",
            demo.directory,
            "--root-cause",
            "a prompt change",
            "--change",
            "the prompt is put back",
        ),
        *("--where", "prompt", "--timeline", "again on 2036-12-01", "--cases", "3"),
    ).done()
    shell(
        *("postmortem", demo.directory, "--root-cause=a", "--change=b"),
        *("--timeline=c", "--cases=-1"),
    ).fails(REFUSED, "0 or more")


def test_a_second_watcher_waits_and_ends_on_time(live: tuple[Shell, Demo]) -> None:
    shell, demo = live
    said = shell("watch", demo.directory, "--for", "2s").done()
    assert said == "watching claims-triage; stop with ctrl+c\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_watch_ends_cleanly_when_told_to(shell: Shell, claims: Path, number: int) -> None:
    with shell.started("watch", claims) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        watch.stdout.readline()
        recorded = claims / "telemetry" / "calls.jsonl"
        for _ in range(200):
            if recorded.exists() and recorded.stat().st_size:
                break
            signal.sigtimedwait({signal.SIGUSR1}, 0.1)
        watch.send_signal(number)
        assert watch.wait(20) == DONE
        assert watch.stderr.read() == ""


def test_watch_says_what_goes_wrong_once(shell: Shell, claims: Path) -> None:
    (claims / "calls.jsonl").unlink()
    with shell.started("watch", claims) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert "there is no file" in watch.stderr.readline()
        config = claims / "warroom.toml"
        edited = config.with_suffix(".new")  # put in place at once, as editors do
        edited.write_text(config.read_text() + "\n# a remark\n")
        edited.replace(config)
        assert "was changed: open the console again" in watch.stderr.readline()
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(20) == DONE
        assert watch.stderr.read() == ""


def test_a_headless_demo_keeps_its_directory(shell: Shell) -> None:
    place = shell.place / "demo"
    words = ("demo", "--headless", "--dir", place, "--for", "2s")
    said = shell(*words, "--stage", "readiness").done()
    assert f"The demo is kept in {place}" in said
    assert f"warroom open {place}" in said
    url = tomllib.loads((place / "warroom.toml").read_text())["feeds"]["calls"]["url"]
    assert url.removesuffix("/logs/calls.jsonl") in said
    shell(*words, "--seed", "5").fails(USAGE, "leave the option out")
    with shell.started("demo", "--headless", "--dir", place) as again:
        assert again.stdout is not None
        assert again.stderr is not None
        assert str(place) in again.stdout.readline()
        again.send_signal(signal.SIGTERM)
        assert again.wait(30) == DONE
        assert again.stderr.read() == ""
    shell("status", place, "--offline").done()


@pytest.mark.parametrize(
    ("make", "words", "said"),
    [
        ("deployment", [], "is no demo's: open it with warroom open"),
        ("file", [], "is not empty: name a new directory for the demo"),
        ("demo", ["--stage", "readiness"], "goes on where it was: leave --stage out"),
        ("broken", [], "clock.json cannot be read: begin a new demo"),
    ],
)
def test_where_no_demo_may_begin(
    shell: Shell, claims: Path, make: str, words: list[str], said: str
) -> None:
    place = shell.place / "there" if make == "file" else claims
    place.mkdir(exist_ok=True)
    (place / "file").write_text("")
    if make == "demo":
        SavedClock.create(place, 1.8e9, 60.0)
    if make == "broken":
        (place / "clock.json").write_text("{")
    before = sorted(place.rglob("*"))
    shell("demo", "--headless", "--dir", place, *words, "--for", "1s").fails(USAGE, said)
    assert sorted(place.rglob("*")) == before
    if make == "broken":
        shell("status", place).fails(USAGE, "clock.json is no clock of a demo")


def test_a_demo_in_a_place_that_cannot_be(shell: Shell) -> None:
    (shell.place / "file").write_text("")
    answer = shell("demo", "--headless", "--dir", shell.place / "file" / "x", "--for", "1s")
    assert answer.code in {USAGE, 5}
    assert answer.err.count("\n") == 1
    assert list((shell.place / "home").iterdir()) == []
