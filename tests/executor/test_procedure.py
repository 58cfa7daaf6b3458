"""The steps together: what runs beside what, what waits, what is blocked, what is recorded."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from config.rollback import Step
from console.actions.steps import Values
from console.executor import procedure
from console.executor.procedure import Progress, ProgressState, key_for, run_procedure
from console.net import Http
from tests.actions.hands import tools
from tests.actions.switch import Switch

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
GOOD = "/bin/true"
BAD = "/bin/false"


def step(name: str, *after: str, do: str = GOOD, show: str = "done", **changes: object) -> Step:
    return Step.model_validate(
        {
            "id": name,
            "title": f"Do {name}",
            "kind": "command",
            "argv": [do],
            "timeout_s": 5.0,
            "after": after,
            "manual": "by hand",
            "prove": {"argv": ["/bin/echo", show], "contains": "done"},
            **changes,
        }
    )


async def run(
    steps: list[Step],
    http: Http,
    base: Path,
    report: Callable[[Progress], Awaitable[None]] | None = None,
    *,
    budget_s: float = 20.0,
    verified: frozenset[str] = frozenset(),
    begun: frozenset[str] = frozenset(),
    on_error: Callable[[Exception], None] = procedure.log_lost_report,
) -> dict[str, ProgressState]:
    async def nowhere(_: Progress) -> None:
        return

    return await run_procedure(
        steps,
        deployment="d" * 16,
        attempt="canary-5-1",
        values=VALUES,
        tools=tools(http, base),
        budget_s=budget_s,
        report=report or nowhere,
        verified=verified,
        begun=begun,
        on_error=on_error,
    )


class Recorder:
    """A record that takes everything."""

    def __init__(self) -> None:
        self.all: list[Progress] = []

    async def __call__(self, progress: Progress) -> None:
        self.all.append(progress)

    def order(self) -> list[tuple[str, str]]:
        return [(progress.step, progress.state) for progress in self.all]

    def detail(self, name: str, state: str) -> str:
        return next(p.detail for p in self.all if (p.step, p.state) == (name, state))


async def test_no_steps(http: Http, tmp_path: Path) -> None:
    assert await run([], http, tmp_path) == {}


async def test_a_step_waits_for_those_before_it(http: Http, tmp_path: Path) -> None:
    seen = Recorder()
    steps = [step("c", "a", "b"), step("a"), step("b", "a")]
    states = await run(steps, http, tmp_path, seen)
    assert list(states.items()) == [("c", "verified"), ("a", "verified"), ("b", "verified")]
    assert seen.order() == [
        (name, state) for name in ("a", "b", "c") for state in ("running", "verified")
    ]
    assert {p.step: p.key for p in seen.all} == {
        name: key_for("d" * 16, "canary-5-1", name) for name in "abc"
    }


async def test_steps_that_do_not_wait_run_beside_each_other(http: Http, tmp_path: Path) -> None:
    meet = tmp_path / "meet"
    names = [f"s{number}" for number in range(8)]
    for name in names:
        path = tmp_path / name
        path.write_text(
            f"#!/bin/sh\nmkdir -p {meet}; touch {meet}/{name}\n"
            f"until [ $(ls {meet} | wc -l) = {len(names)} ]; do sleep 0.05; done\n"
        )
        path.chmod(0o755)
    steps = [step(name, do=str(tmp_path / name), timeout_s=20.0) for name in names]
    assert set((await run(steps, http, tmp_path)).values()) == {"verified"}


async def test_what_waits_for_a_failed_step_is_blocked_and_all_others_run(
    http: Http, tmp_path: Path
) -> None:
    seen = Recorder()
    steps = [
        step("a", do=BAD, show="old"),
        step("b", "a"),
        step("c", "b"),
        step("d"),
        step("e", "d", "a"),
        step("f", "d"),
    ]
    states = await run(steps, http, tmp_path, seen)
    assert states == {
        "a": "failed",
        "b": "blocked",
        "c": "blocked",
        "d": "verified",
        "e": "blocked",
        "f": "verified",
    }
    assert seen.detail("b", "blocked") == "it waits for a, which is failed"
    assert seen.detail("c", "blocked") == "it waits for b, which is blocked"
    assert ("b", "running") not in seen.order()


async def test_what_waits_for_an_unknown_step_is_blocked_while_others_still_run(
    http: Http, tmp_path: Path
) -> None:
    hurdle = tmp_path / "slow"
    hurdle.write_text(f"#!/bin/sh\nuntil [ -e {tmp_path}/blocked ]; do sleep 0.05; done\n")
    hurdle.chmod(0o755)

    async def report(progress: Progress) -> None:
        if progress.state == "blocked":
            (tmp_path / "blocked").touch()

    unseen = {"argv": ["/bin/false"], "contains": "done"}
    steps = [
        step("a", prove=unseen, timeout_s=0.4),
        step("b", "a"),
        step("c", do=str(hurdle), timeout_s=20.0),
    ]
    states = await run(steps, http, tmp_path, report)
    assert states == {"a": "unknown", "b": "blocked", "c": "verified"}


async def test_what_waits_for_a_step_that_is_not_there_is_blocked(
    http: Http, tmp_path: Path
) -> None:
    seen = Recorder()
    assert await run([step("a", "ghost")], http, tmp_path, seen) == {"a": "blocked"}
    assert seen.detail("a", "blocked") == "it waits for ghost"


async def test_verified_steps_are_not_run_again(http: Http, tmp_path: Path) -> None:
    seen = Recorder()
    steps = [step("a", do=BAD, show="old"), step("b", "a")]
    states = await run(steps, http, tmp_path, seen, verified=frozenset({"a"}))
    assert states == {"a": "verified", "b": "verified"}
    assert seen.order() == [("b", "running"), ("b", "verified")]


async def test_resumed_it_looks_first(http: Http, switch: Switch, tmp_path: Path) -> None:
    switch.share = 0
    assert await run([switch.step()], http, tmp_path, begun=frozenset({"traffic"})) == {
        "traffic": "verified"
    }
    assert switch.keys == []


async def test_the_budget_stops_what_runs_and_blocks_the_rest(
    http: Http, switch: Switch, tmp_path: Path
) -> None:
    seen = Recorder()
    switch.deeds = ["hang-before"]
    steps = [switch.step(timeout_s=60), step("quick"), step("late", "traffic")]
    began = time.monotonic()
    states = await run(steps, http, tmp_path, seen, budget_s=1.0)
    assert time.monotonic() - began < 3
    assert states == {"traffic": "unknown", "quick": "verified", "late": "blocked"}
    assert seen.detail("traffic", "unknown") == "it was stopped when the 1 s for all were over"


class TestReports:
    async def test_the_intent_is_recorded_before_the_deed(
        self, http: Http, switch: Switch, tmp_path: Path
    ) -> None:
        requests_at: dict[str, int] = {}

        async def report(progress: Progress) -> None:
            requests_at[progress.state] = len(switch.keys)

        await run([switch.step()], http, tmp_path, report)
        assert requests_at == {"running": 0, "verified": 1}

    async def test_a_record_that_fails_stops_nothing(self, http: Http, tmp_path: Path) -> None:
        async def report(_: Progress) -> None:
            raise OSError("No space left on device")

        errors: list[Exception] = []
        states = await run(
            [step("a"), step("b", "a")], http, tmp_path, report, on_error=errors.append
        )
        assert states == {"a": "verified", "b": "verified"}
        assert [str(error) for error in errors] == ["No space left on device"] * 4

    async def test_a_record_that_hangs_delays_a_step_by_a_second_at_most(
        self, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(procedure, "LAST_REPORTS_S", 0.1)
        never = asyncio.Event()

        async def report(_: Progress) -> None:
            await never.wait()

        errors: list[Exception] = []
        began = time.monotonic()
        states = await run([step("a")], http, tmp_path, report, on_error=errors.append)
        assert states == {"a": "verified"}
        assert 1.0 <= time.monotonic() - began < 2.5
        assert isinstance(errors[0], TimeoutError)

    async def test_records_keep_their_order_when_they_are_slow(
        self, http: Http, tmp_path: Path
    ) -> None:
        release = asyncio.Event()
        order: list[tuple[str, str]] = []

        async def report(progress: Progress) -> None:
            if (progress.step, progress.state) == ("b", "running"):
                release.set()
            elif (progress.step, progress.state) == ("a", "running"):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(release.wait(), 1.2)
            order.append((progress.step, progress.state))

        assert set((await run([step("a")], http, tmp_path, report)).values()) == {"verified"}
        assert order == [("a", "running"), ("a", "verified")]

    async def test_lost_reports_are_logged(
        self, http: Http, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def report(_: Progress) -> None:
            raise OSError("No space\x1b left")

        with caplog.at_level(logging.ERROR):
            await run([step("a")], http, tmp_path, report)
        assert "a step's report was lost: OSError: No space␛ left" in caplog.text


async def test_cancelling_it_cancels_its_steps(http: Http, switch: Switch, tmp_path: Path) -> None:
    switch.deeds = ["hang-before"]
    before = asyncio.all_tasks()
    task = asyncio.create_task(run([switch.step(timeout_s=60)], http, tmp_path))
    async with asyncio.timeout(5):
        while not switch.keys:
            await asyncio.wait({task}, timeout=0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before


def test_keys_come_from_deployment_attempt_and_step_alone() -> None:
    key = key_for("d1", "canary-1", "traffic")
    assert key == key_for("d1", "canary-1", "traffic")
    assert len(key) == 32
    others = [
        key_for("d2", "canary-1", "traffic"),
        key_for("d1", "canary-2", "traffic"),
        key_for("d1", "canary-1", "image"),
        key_for("d1", "canary", "1 traffic"),
        key_for("d1canary-1", "", "traffic"),
    ]
    assert len({key, *others}) == 6
