"""The last config that parsed, kept so that a rollback needs no `warroom.toml` that parses."""

import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from config.load import FILE_NAME, ConfigError, Loaded, load, parse
from config.model import Deployment
from console.journal.home import default_home

LAST_GOOD = "last-good"
ACCEPTED = "accepted.toml"
_DEPLOYMENT = re.compile(rb'"?deployment"?\s*[=:]\s*"([0-9a-f]{16})"')


def keep(loaded: Loaded, name: str = FILE_NAME) -> None:
    """Remember the file that `loaded` came from. `OSError` if it cannot be kept."""
    home = default_home(loaded.deployment.deployment)
    kept = home / name
    raw = loaded.path.read_bytes()
    if sha256(raw).hexdigest() != loaded.sha256 or (kept.exists() and kept.read_bytes() == raw):
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = home / f".{name}"
    scratch.write_bytes(raw)
    scratch.chmod(0o600)
    scratch.replace(kept)


def accepted(deployment: str, sha256_: str) -> Deployment | None:
    """The config with this hash, if this account kept it when it was accepted."""
    try:
        raw = (default_home(deployment) / ACCEPTED).read_bytes()
        return parse(raw) if sha256(raw).hexdigest() == sha256_ else None
    except (OSError, ConfigError):
        return None


def load_or_last_good(directory: Path) -> tuple[Loaded, str]:
    """The config at `directory`, or the last good one, and then why the present one is not used.

    Raises `ConfigError` where neither can be had.
    """
    try:
        return load(directory), ""
    except ConfigError as error:
        kept = _kept(directory)
        if kept is None:
            raise
        raw = kept.read_bytes()
        why = f"{error.problems[0]}; the last good config is used instead"
        return Loaded(parse(raw), LAST_GOOD, directory / FILE_NAME, raw), why


def _kept(directory: Path) -> Path | None:
    """The kept config of the deployment that the broken file, or else the journal, names."""
    places = [directory / FILE_NAME]
    with suppress(OSError):
        places += sorted((directory / "journal").glob("*.jsonl"))
    for place in places:
        try:
            with place.open("rb") as stream:
                found = _DEPLOYMENT.search(stream.read(65_536))
        except OSError:
            continue
        if found:
            kept = default_home(found[1].decode()) / FILE_NAME
            if kept.exists():
                return kept
    return None
