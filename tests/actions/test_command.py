"""Steps that are commands: real scripts that succeed, fail, hang, flood or leave children."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.rollback import Step
from console.actions import command
from console.actions.steps import Outcome, Values, carry_out, read_back
from console.net import Http
from tests.actions.hands import tools
from tests.actions.switch import Switch

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"

Script = Callable[[str, str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    def write(name: str, body: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


def step(argv: list[str], prove: list[str], contains: str = "done", **changes: object) -> Step:
    return Step.model_validate(
        {
            "id": "image",
            "title": "Restore the image",
            "kind": "command",
            "argv": argv,
            "timeout_s": 5.0,
            "manual": "by hand",
            "prove": {"argv": prove, "contains": contains} if prove else None,
            **changes,
        }
    )


async def carried(step: Step, http: Http, base: Path) -> Outcome:
    return await carry_out(step, VALUES, KEY, tools(http, base), resumed=False)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`, at most 5 seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.to_thread(os.sched_yield)


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


async def test_a_command_is_verified_by_its_proof(
    script: Script, http: Http, tmp_path: Path
) -> None:
    do = script("do", 'echo "$1 $WARROOM_KEY" > state')
    show = script("show", "cat state")
    outcome = await carried(
        step([do, "{stable_version}"], [show], "{stable_version} {key}"), http, tmp_path
    )
    assert outcome == Outcome("verified", f'{show} shows "v2.3.1 {KEY}"')


async def test_a_command_may_be_proved_over_http(
    script: Script, http: Http, switch: Switch, tmp_path: Path
) -> None:
    switch.share = 0
    spec = {"url": f"{switch.url}/control", "path": "candidate", "equals": 0}
    proved = step([script("do", "true")], [], read_back=spec)
    assert (await carried(proved, http, tmp_path)).state == "verified"


async def test_an_exit_with_0_proves_nothing(script: Script, http: Http, tmp_path: Path) -> None:
    lazy = step([script("do", "true")], [script("show", "echo v2.4.0")], "v2.3.1", timeout_s=3.0)
    outcome = await carried(lazy, http, tmp_path)
    assert outcome.state == "failed"
    assert 'does not show "v2.3.1" but "v2.4.0"' in outcome.detail


async def test_a_failed_command_says_its_last_words(
    script: Script, http: Http, tmp_path: Path
) -> None:
    bad = script("do", r"echo starting; printf 'no such \033[31mimage\n' >&2; exit 3")
    outcome = await carried(step([bad], [script("show", "echo old")]), http, tmp_path)
    assert outcome.state == "failed"
    assert f'{bad}: exit code 3, "no such ␛[31mimage"' in outcome.detail


async def test_a_command_runs_once_even_if_it_was_killed(
    script: Script, http: Http, tmp_path: Path
) -> None:
    do = script("do", "echo x >> ran; kill -9 $$")
    killed = step([do], [script("show", "echo old")], timeout_s=3.0)
    outcome = await carried(killed, http, tmp_path)
    assert outcome.state == "unknown"
    assert "ended by signal 9" in outcome.detail
    assert (tmp_path / "ran").read_text() == "x\n"


@pytest.mark.parametrize("state", ["done", "old"])
async def test_a_hanging_command_ends_with_its_children_and_is_looked_for(
    script: Script, http: Http, tmp_path: Path, state: str
) -> None:
    do = script("do", f"echo {state} > state; sleep 60 & echo $! > child; wait")
    began = time.monotonic()
    outcome = await carried(
        step([do], [script("show", "cat state")], timeout_s=4.0), http, tmp_path
    )
    assert time.monotonic() - began < 60
    assert outcome.state == ("verified" if state == "done" else "unknown")
    assert gone(int((tmp_path / "child").read_text()))


async def test_cancelling_ends_the_command_and_its_children(
    script: Script, http: Http, tmp_path: Path
) -> None:
    do = script("do", "sleep 60 & echo $! > child; mv child started; wait")
    task = asyncio.create_task(carried(step([do], ["/bin/true"], timeout_s=60), http, tmp_path))
    await until((tmp_path / "started").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pid = int((tmp_path / "started").read_text())
    await until(lambda: gone(pid))


async def test_cancelling_it_while_it_starts_leaves_nothing_behind(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = asyncio.create_subprocess_exec
    go_on = asyncio.Event()

    async def slow_start(*argv: str, **how: Any) -> asyncio.subprocess.Process:
        process = await start(*argv, **how)
        await go_on.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slow_start)
    do = script("do", "sleep 60 & echo $! > child; mv child started; wait")
    task = asyncio.create_task(command.run([do], cwd=tmp_path, extra={}, deadline_s=60))
    await until((tmp_path / "started").exists)
    task.cancel()
    await asyncio.wait({task}, timeout=0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    pid = int((tmp_path / "started").read_text())
    await until(lambda: gone(pid))


async def test_what_a_command_leaves_running_goes_on(
    script: Script, http: Http, tmp_path: Path
) -> None:
    do = script("do", "(until [ -e go ]; do :; done; echo done > state) & exit 0")
    show = script("show", "touch go; cat state")
    assert (await carried(step([do], [show]), http, tmp_path)).state == "verified"


async def test_a_flood_is_drained_and_cut(script: Script, tmp_path: Path) -> None:
    flood = script("do", "yes flood | head -c 5000000; yes flood | head -c 5000000 >&2")
    ran = await command.run([flood], cwd=tmp_path, extra={}, deadline_s=20)
    assert ran.code == 0
    assert (len(ran.out), len(ran.err), ran.cut) == (65536, 65536, True)
    assert len(ran.how) < 200


@pytest.mark.parametrize(
    ("proof", "contains", "state"),
    [
        ("echo 'image v2.3.1 is live'", "v2.3.1", "verified"),
        ("echo v2.3.10", "v2.3.1", "failed"),
        ("echo xdone", "done", "failed"),
        ("echo share=0%", "share=0%", "verified"),
        ("echo done >&2", "done", "failed"),
        ("echo done; exit 1", "done", "unknown"),
        ("yes no | head -c 100000; echo done", "done", "unknown"),
        ("echo done; yes no | head -c 100000", "done", "verified"),
        ("sleep 60", "done", "unknown"),
    ],
)
async def test_what_proves_a_command(
    script: Script, http: Http, tmp_path: Path, proof: str, contains: str, state: str
) -> None:
    asked = step(["/bin/true"], [script("show", proof)], contains)
    deadline = 0.5 if proof.startswith("sleep") else 5.0
    seen = await read_back(asked, VALUES, KEY, http, tmp_path, deadline_s=deadline)
    assert seen.state == state


async def test_no_words_prove_nothing(http: Http, tmp_path: Path) -> None:
    process = Values(stable_version="", version="v2.4.0")
    asked = step(["/bin/true"], ["/bin/echo", "hello"], "{stable_version}")
    seen = await read_back(asked, process, KEY, http, tmp_path)
    assert seen.state == "unknown"


async def test_the_surroundings_of_a_command_are_small(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCH_TOKEN", "s3cret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    show = script(
        "do", "env | grep -v -e ^_= -e ^SHLVL= | sort; pwd; cat; cut -d' ' -f5 /proc/$$/stat"
    )
    ran = await command.run([show], cwd=tmp_path, extra=VALUES.environment(KEY), deadline_s=5)
    *lines, group = ran.out.splitlines()
    assert lines == [
        f"HOME={os.environ['HOME']}",
        "LANG=C.UTF-8",
        "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
        f"PWD={tmp_path}",
        f"WARROOM_KEY={KEY}",
        "WARROOM_STABLE_VERSION=v2.3.1",
        "WARROOM_VERSION=v2.4.0",
        str(tmp_path),
    ]
    assert int(group) != os.getpgrp()


async def test_it_starts_in_its_own_directory(script: Script, http: Http, tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    here = step(["/bin/true"], [script("show", "pwd")], "deploy", cwd="deploy")
    assert (await read_back(here, VALUES, KEY, http, tmp_path)).state == "verified"


@pytest.mark.parametrize(
    ("argv", "cwd", "why"),
    [
        (["/no/such/program"], ".", "No such file or directory (/no/such/program)"),
        (["/etc/passwd"], ".", "Permission denied (/etc/passwd)"),
        (["/bin/true"], "/no/such/place", "No such file or directory (/no/such/place)"),
        (["/bin/true", "a\0b"], ".", "NUL in its words"),
    ],
)
async def test_a_command_that_cannot_start_fails_and_says_why(
    http: Http, tmp_path: Path, argv: list[str], cwd: str, why: str
) -> None:
    outcome = await carried(step(argv, ["/bin/echo", "old"], cwd=cwd), http, tmp_path)
    assert outcome.state == "failed"
    assert outcome.detail.startswith(f"{argv[0]} cannot be started: {why}; ")
    unseen = await carried(step(argv, ["/bin/false"], cwd=cwd), http, tmp_path)
    assert unseen.state == "failed"
