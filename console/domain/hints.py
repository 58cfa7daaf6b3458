"""Commands in sentences, made such that they can be pasted: DIR becomes the directory."""

import re
from collections.abc import Iterable
from pathlib import Path
from shlex import quote

import msgspec

from console.domain.gates import Gate

# What is put on record says DIR: whoever reads it there has the directory elsewhere.
_DIR = re.compile(r"\b(warroom(?: [a-z]+){1,3}) DIR\b")


def pasted(text: str, directory: Path) -> str:
    """`text`, in which every command that names DIR names `directory`, as a shell takes it."""
    return _DIR.sub(lambda found: f"{found[1]} {quote(str(directory))}", text)


def all_pasted(texts: Iterable[str], directory: Path) -> tuple[str, ...]:
    """Each of `texts`; see `pasted`."""
    return tuple(pasted(text, directory) for text in texts)


def gate_pasted(gate: Gate, directory: Path) -> Gate:
    """The gate as it is shown where the deployment lies in `directory`."""
    return msgspec.structs.replace(
        gate,
        criteria=tuple(
            msgspec.structs.replace(one, why=pasted(one.why, directory)) for one in gate.criteria
        ),
        missing=all_pasted(gate.missing, directory),
        cautions=all_pasted(gate.cautions, directory),
        waits_for=pasted(gate.waits_for, directory),
    )
