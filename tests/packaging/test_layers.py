"""What is loaded when: the import rules, seen in a fresh interpreter's `sys.modules`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.tree import ROOT

LOADED = "import json, sys; print(); print(json.dumps(sorted(sys.modules)))"


def modules_after(program: str) -> set[str]:
    """The top two names of every module loaded once `program` has run, such as `console.net`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{LOADED}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return {".".join(name.split(".")[:2]) for name in names}


def packages_of(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def everything_in(package: str) -> str:
    """A program that imports a package with every module in it."""
    return (
        f"import importlib, pkgutil, {package} as package\n"
        "for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    importlib.import_module(found.name)"
    )


def command(*argv: str, ends: int = 0) -> str:
    """A program that runs `warroom` and insists on its exit code."""
    return (
        "from console.cli import main\n"
        "try:\n"
        f"    code = main({list(argv)!r})\n"
        "except SystemExit as ended:\n"
        "    code = ended.code\n"
        f"assert code == {ends}, code"
    )


@pytest.fixture
def deployment(tmp_path: Path) -> str:
    """A deployment as `warroom init` writes it."""
    place = tmp_path / "my-agent"
    modules_after(command("init", str(place), "--name", "claims", "--context", "internal"))
    return str(place)


@pytest.mark.parametrize("name", ["status", "rollback", "gate", "init"])
def test_help_loads_neither_the_screens_nor_http(name: str) -> None:
    loaded = packages_of(modules_after(command(name, "--help")))
    assert "console" in loaded
    assert not loaded & {"textual", "widgets", "httpx", "pydantic"}


def test_status_loads_no_screen(deployment: str) -> None:
    loaded = modules_after(command("status", deployment))
    assert "console.room" in loaded
    assert not packages_of(loaded) & {"textual", "widgets"}
    assert not packages_of(loaded) & {"nats", "aiohttp"}, "without [sync] they cost 120 ms"


@pytest.mark.parametrize("more", [(), ("--fire", "--as", "rollback owner")])
def test_the_kill_switch_loads_neither_a_screen_nor_the_room(
    deployment: str, more: tuple[str, ...]
) -> None:
    loaded = modules_after(command("rollback", deployment, *more, ends=1))
    assert "console.executor" in loaded
    assert "console.room" not in loaded
    assert not packages_of(loaded) & {"textual", "widgets", "apprise"}


def test_the_rules_are_pure() -> None:
    loaded = modules_after(everything_in("console.domain"))
    ours = {name for name in loaded if name.startswith("console.")}
    assert ours == {"console.domain"}
    assert not packages_of(loaded) & {"textual", "widgets", "httpx"}


def test_the_config_stands_on_the_ground() -> None:
    loaded = modules_after(everything_in("config"))
    assert "config.load" in loaded
    assert not packages_of(loaded) & {"console", "widgets", "textual", "httpx"}


def test_widgets_know_no_room() -> None:
    loaded = modules_after(everything_in("widgets"))
    assert "widgets.metrics" in loaded
    assert not packages_of(loaded) & {"console", "config", "httpx"}
