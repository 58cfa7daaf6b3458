"""What `check` says of the kill switch, before it is needed."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from console.executor.lock import RunLock
from console.journal.home import default_home
from console.room.doctor_rollback import look_at_rollback
from tests.actions.switch import Switch, running_switch
from tests.room.stand import Stand, stand

HAND: dict[str, object] = {
    "id": "desk",
    "title": "Staff it",
    "kind": "manual",
    "manual": "call the desk",
}
TELL: dict[str, object] = {
    "id": "tell",
    "title": "Tell",
    "kind": "notify",
    "to": ["legal"],
    "manual": "call",
}


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


def step(switch: Switch, **changes: Any) -> dict[str, Any]:
    return switch.step(timeout_s=1.0, **changes).model_dump(exclude_unset=True)


def fit(place: Path, **options: Any) -> Stand:
    """A deployment with no suspension that is not given."""
    return stand(place, **{"suspensions": (), **options})


def told(claims: Stand) -> dict[str, tuple[str, str]]:
    """What was found, by area and name."""
    found = asyncio.run(look_at_rollback(load(claims.directory)))
    return {f"{one.area} {one.name}": (one.verdict, one.detail) for one in found}


def test_each_step_says_what_it_shows_and_nothing_is_written(
    tmp_path: Path, switch: Switch
) -> None:
    payments = {"id": "payments", "title": "Off", "steps": [step(switch, id="off")]}
    claims = fit(tmp_path / "a", steps=[step(switch), HAND], suspensions=[payments])
    before = sorted(claims.directory.rglob("*"))
    seen = told(claims)
    shows = f"it can be read back: {switch.url} shows candidate = 1, not 0"
    assert seen["rollback traffic"] == ("ok", shows)
    assert seen["rollback desk"] == ("ok", "a person would be asked")
    assert seen["rollback suspend payments: off"] == ("ok", shows)
    assert switch.keys == []
    assert sorted(claims.directory.rglob("*")) == before


def test_what_cannot_be_read_back(tmp_path: Path, switch: Switch) -> None:
    switch.looks = ["html"]
    seen = told(fit(tmp_path / "a", steps=[step(switch)]))
    verdict, why = seen["rollback traffic"]
    assert verdict == "unreached"
    assert "reads back as something else than JSON" in why


def test_what_is_missing_in_this_shell(
    tmp_path: Path, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    steps = [step(switch, headers={"Authorization": {"env": "NO_SUCH_TOKEN"}}), TELL]
    seen = told(fit(tmp_path / "a", steps=steps))
    assert seen["rollback traffic"] == (
        "fail",
        "step traffic: the environment variable NO_SUCH_TOKEN is not set",
    )
    verdict, why = seen["rollback tell"]
    assert verdict == "fail"
    assert why.startswith("step tell: legal: no address")
    # Whoever is told after a rollback without being asked can do without; it is said all the same.
    for name in ("agent lead", "tech lead", "rollback owner", "legal"):
        verdict, why = seen[f"rollback notice to {name}"]
        assert verdict == "warn"
        assert why.startswith("no address")


def test_commands(tmp_path: Path) -> None:
    proof = {"argv": ["/bin/cat", str(tmp_path / "version")], "contains": "{stable_version}"}
    run = {"kind": "command", "title": "Run", "manual": "run it", "timeout_s": 2.0, "prove": proof}
    steps = [
        {**run, "id": "gone", "argv": ["/no/such/program"]},
        {**run, "id": "yet", "argv": ["/bin/true"]},
    ]
    claims = fit(tmp_path / "a", steps=steps)
    seen = told(claims)
    assert seen["rollback gone"] == ("fail", "/no/such/program is no program that can be run here")
    verdict, why = seen["rollback yet"]
    assert verdict == "warn"
    assert why.startswith("nothing is shown yet, as may be before it ran: /bin/cat gave no proof")
    (tmp_path / "version").write_text("v2.3.1\n")
    assert told(claims)["rollback yet"][0] == "ok"


def test_a_way_back_without_a_step(tmp_path: Path, switch: Switch) -> None:
    verdict, why = told(fit(tmp_path / "a", steps=[]))["rollback steps"]
    assert verdict == "fail"
    assert "write [[rollback.steps]]" in why
    claims = fit(tmp_path / "b", steps=[])
    with (claims.directory / "warroom.toml").open("a") as config:
        config.write(
            '\n[rollback.procedures.full]\n[[rollback.procedures.full.steps]]\nid = "desk"\n'
            'title = "Staff it"\nkind = "manual"\nmanual = "call the desk"\n'
        )
    seen = told(claims)
    assert seen["rollback dark-launch, shadow, canary: steps"][0] == "fail"
    assert seen["rollback full: desk"][0] == "ok"


def test_a_process_stands_by_and_goes_again(tmp_path: Path) -> None:
    claims = fit(tmp_path / "a", steps=[HAND])
    verdict, why = told(claims)["executor process"]
    assert verdict == "ok"
    assert why.startswith("stands by after ")
    assert not (claims.directory / "journal").exists(), "nothing was opened for it"
    home = default_home(load(claims.directory).deployment.deployment)
    assert sorted(one.name for one in home.iterdir()) == ["executor.log"]


def test_no_process_stands_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = fit(tmp_path / "a", steps=[HAND])
    monkeypatch.setattr("console.executor.launch.sys.executable", "/no/such/python")
    verdict, why = told(claims)["executor process"]
    assert verdict == "fail"
    assert why.endswith("the console would have to carry a rollback out itself")


def test_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = fit(tmp_path / "a", steps=[HAND])
    assert told(claims)["executor lock"] == ("ok", "can be taken")
    with RunLock(claims.directory) as lock:
        assert lock.held
        assert told(claims)["executor lock"] == ("ok", "held: a rollback is carried out now")
    assert told(claims)["executor lock"] == ("ok", "can be taken")
    monkeypatch.setattr("console.lock.fcntl.flock", lambda *_: None)
    verdict, why = told(claims)["executor lock"]
    assert verdict == "fail"
    assert why.startswith("this file system keeps no locks")


def test_the_fallback_on_the_journals_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = fit(tmp_path / "a", steps=[HAND])
    verdict, why = told(claims)["disk fallback"]
    assert verdict == "warn"
    assert "a full one takes both" in why
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second file system to write to")
    with tempfile.TemporaryDirectory(dir=memory) as elsewhere:
        monkeypatch.setenv("XDG_STATE_HOME", str(Path(elsewhere) / "state"))
        assert told(claims)["disk fallback"] == ("ok", "not on the journal's disk")
