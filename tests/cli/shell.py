"""Runs `warroom` for real and looks at all that a caller gets: exit code, stdout, stderr."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARROOM = (sys.executable, "-c", "from console.cli import main; raise SystemExit(main())")
DONE, REFUSED, USAGE, UNREACHED, CORRUPT, FAULT = range(6)
TIMEOUT_S = 90.0


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str

    def done(self) -> str:
        """It went well; what it said."""
        assert (self.code, self.err) == (DONE, ""), self
        return self.out

    def json(self) -> Any:
        return json.loads(self.out)

    def fails(self, code: int, *words: str) -> None:
        """It failed with exactly one sentence that holds `words`."""
        assert self.code == code, self
        assert self.err.count("\n") == 1, self
        assert self.err.startswith("warroom: "), self
        assert self.err.endswith("\n"), self
        assert "Traceback" not in self.err + self.out, self
        for word in words:
            assert word in self.err, self


class Shell:
    """A terminal-less shell of an account that never used the console."""

    def __init__(self, place: Path) -> None:
        self.place = place
        home = place / "home"
        home.mkdir(exist_ok=True)
        inherited = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        self.env = {**inherited, "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}

    def __call__(
        self, *words: object, who: str = "agent lead", prefix: Sequence[str] = ()
    ) -> Answer:
        done = subprocess.run(
            [*prefix, *WARROOM, *map(str, words)],
            env={**self.env, "WARROOM_AS": who},
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, *words: object) -> Iterator["subprocess.Popen[str]"]:
        """A command that stays; it is killed if it is still there at the end."""
        process = subprocess.Popen(
            [*WARROOM, *map(str, words)],
            env=self.env,
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()


def journal_of(directory: Path) -> Path:
    """The only writer's file."""
    (file,) = (directory / "journal").glob("*.jsonl")
    return file


def entries(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal_of(directory).read_bytes().splitlines()]


def flip(directory: Path, line: int) -> None:
    """Change one byte of a line of the journal, as a bad disk might."""
    path = journal_of(directory)
    lines = path.read_bytes().splitlines(keepends=True)
    at = lines[line - 1].index(b'"data"') + 10
    lines[line - 1] = lines[line - 1][:at] + b"\x7e" + lines[line - 1][at + 1 :]
    path.write_bytes(b"".join(lines))
