"""`warroom locate`: where everything of a deployment is, and what of it is there."""

import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import config
from config.load import FILE_NAME, ConfigError
from console import presence
from console.cli.exits import DONE
from console.cli.say import say, say_json, warn
from console.clock import CLOCK_FILE
from console.executor.kept import NAME as ORDER
from console.executor.lastgood import ACCEPTED, load_or_last_good
from console.executor.launch import LOG
from console.executor.live import address, live_name
from console.executor.lock import ROLLBACK
from console.executor.opening import OpenFailed
from console.journal.home import COPIED, Home, account_home, default_home

SOCKETS = Path("/proc/net/unix")
Place = tuple[str, str, str]


def locate(args: Namespace) -> int:
    """`warroom locate`: 0. Opens nothing and makes nothing."""
    directory = args.dir or Path()
    if not directory.is_dir():
        raise OpenFailed(f"{directory} is not a directory; name a deployment's directory")
    directory = directory.resolve()
    places = list(_of_directory(directory))
    try:
        deployment = load_or_last_good(directory)[0].deployment.deployment
    except ConfigError as error:
        warn(f"{error.problems[0]}; so only the directory's own places are told")
    else:
        places += _of_account(directory, deployment)
    places.append(("keys", "your key map", os.environ.get("WARROOM_KEYS") or _own("keys.toml")))
    places.append(("theme", "the theme put on last", str(account_home() / "theme")))
    places.append(("product", "what comes with it: guide, presets", str(_product())))
    if args.json:
        say_json([
            {"id": name, "what": what, "path": path, "exists": _exists(path)}
            for name, what, path in places
        ])  # fmt: skip
        return DONE
    width = max(len(what) for _, what, _ in places)
    for _, what, path in places:
        say(f"{what:{width}}  {'exists ' if _exists(path) else 'missing'}  {path}")
    return DONE


def _of_directory(directory: Path) -> Iterator[Place]:
    """What lies in the deployment's own directory."""
    journal = directory / "journal"
    yield "config", "what the deployment is", str(directory / FILE_NAME)
    yield "journal", "the journal, a file a writer", str(journal)
    yield "telemetry", "recorded minutes", str(directory / "telemetry")
    yield "evidence", "evidence, named by SHA-256", str(directory / "evidence")
    yield "reports", "reports and signatures", str(directory / "reports")
    if (clock := directory / CLOCK_FILE).exists():  # of a real agent there is none
        yield "clock", "a demo's clock", str(clock)
    yield "present", "who has it open, a file each", str(journal / presence.FOLDER)
    yield "reserve", "disk space kept for a rollback", str(journal / ".reserve")
    yield "rollback-lock", "lock: who carries a rollback out", str(journal / f".{ROLLBACK}.lock")
    yield "watch-lock", "lock: who records", str(directory / "telemetry" / ".watch.lock")


def _of_account(directory: Path, deployment: str) -> Iterator[Place]:
    """What this account keeps of it elsewhere."""
    home = default_home(deployment)
    if own := Home(home).find(directory):
        file = directory / "journal" / f"{own}.jsonl"
        yield "own-journal", "what this account writes", str(file)
    yield "state", "what this account keeps of it", str(home)
    yield "last-good", "the last good config", str(home / FILE_NAME)
    yield "accepted", "the config accepted last", str(home / ACCEPTED)
    yield "fallback", "the fallback journal", str(home / "fallback.jsonl")
    yield "order", "a rollback not verified yet", str(home / ORDER)
    yield "copied", "what `y` copied last", str(home / COPIED)
    yield "log", "faults of a rollback's process", str(home / LOG)
    socket = address(live_name(deployment, directory), ROLLBACK)
    yield "socket", "socket: a rollback that runs", socket.replace("\0", "@")


def _own(name: str) -> str:
    """A file that somebody keeps for all their deployments."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".config"
    return str(root / "warroom" / name)


def _exists(path: str) -> bool:
    """Whether it is there; a socket without a file is if somebody listens."""
    if not path.startswith("@"):
        return os.path.lexists(path)
    try:
        return any(line.endswith(f" {path}") for line in SOCKETS.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return False


def _product() -> Path:
    return Path(config.__file__).resolve().parent
