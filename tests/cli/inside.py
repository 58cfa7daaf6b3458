"""The same command line without a process a call: quicker, where the process is not the point."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

from console.cli import main
from tests.cli.shell import Answer, Shell


class _Text(io.TextIOWrapper):
    """A stream as a pipe is one: text above, bytes below."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def told(self) -> str:
        self.flush()
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode("utf-8", "replace")


class Inside(Shell):
    """`Shell`, but for how a command is run: what it says and its exit code are the same."""

    def __call__(
        self, *words: object, who: str = "agent lead", prefix: Sequence[str] = ()
    ) -> Answer:
        if prefix:
            return super().__call__(*words, who=who, prefix=prefix)
        out, err = _Text(), _Text()
        with self._as_if_alone(who, out, err):
            try:
                code = main([*map(str, words)])
            except SystemExit as left:
                code = left.code if isinstance(left.code, int) else 1
        return Answer(code, out.told(), err.told())

    @contextlib.contextmanager
    def _as_if_alone(self, who: str, out: _Text, err: _Text) -> Iterator[None]:
        before = Path.cwd()
        with (
            patch.dict(os.environ, {**self.env, "WARROOM_AS": who}, clear=True),
            patch.object(sys, "stdout", out),
            patch.object(sys, "stderr", err),
            patch.object(sys, "stdin", io.StringIO()),
        ):
            os.chdir(self.place)
            try:
                yield
            finally:
                os.chdir(before)
