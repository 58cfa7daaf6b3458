"""How to say who one is to the broker, and how to know that it is the broker."""

import base64
import os
import re
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nats.aio.client import RawCredentials

from console.sync.words import Unreachable

MOST_CREDENTIALS = 64 * 1024
_SEED = re.compile(r"^\s*(SU[A-Z2-7]{56})\s*$", re.MULTILINE)


def context(ca: Path | None) -> ssl.SSLContext:
    """Whom to trust: who `ca` says, else whom the machine does. `Unreachable` if unreadable."""
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        raise Unreachable(f"[sync] ca: {ca} holds no certificate that can be read") from error


def credentials(path: Path | None) -> Mapping[str, Any]:
    """What a client takes, from a file with credentials or with an nkey's seed.

    `Unreachable` says what is wrong with the file, and never what it holds.
    """
    if path is None:
        return {}
    text = _private(path)
    found = _SEED.search(text)
    if found is None:
        raise Unreachable(f"[sync] credentials: {path} holds neither NATS credentials nor a seed")
    if not _sound(found[1]):
        raise Unreachable(f"[sync] credentials: the seed in {path} is damaged")
    if "BEGIN NATS USER JWT" in text:
        return {"user_credentials": RawCredentials(text)}
    return {"nkeys_seed_str": found[1]}


def _sound(seed: str) -> bool:
    """Whether the checksum at the end of `seed` fits; the client does not look."""
    import nkeys  # noqa: PLC0415 -- only those who use keys wait for it

    raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
    return int.from_bytes(raw[-2:], "little") == int(nkeys.crc16(bytearray(raw[:-2])))


def _private(path: Path) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
                raise Unreachable(
                    f"[sync] credentials: others may read {path}; do: chmod 600 {path}"
                )
            return file.read(MOST_CREDENTIALS).decode("ascii", "replace")
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise Unreachable(f"[sync] credentials: {path} cannot be read ({why})") from None
