"""Answers to polls that this account has sealed: kept outside the journal until all answered."""

import os
from pathlib import Path

import msgspec

from console.domain.commands import Sealed
from console.domain.poll import waiting
from console.domain.state import State

FILE_NAME = "sealed-answers.jsonl"


class SealedAnswers:
    """A file of this account, mode 0600. Its methods block: call them in a thread."""

    def __init__(self, home: Path) -> None:
        """Keep them in the account's memory of the deployment."""
        self._path = home / FILE_NAME

    def keep(self, answer: Sealed) -> None:
        """Keep an answer, synced: without it its seal could never be opened. `OSError` if not."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.encode(answer) + b"\n")
            stream.flush()
            os.fsync(descriptor)

    def due(self, state: State) -> tuple[Sealed, ...]:
        """What is ours to reveal now: answers of this account to polls that all have answered."""
        poll = state.poll
        if poll is None or waiting(poll) or all(a.go is not None for a in poll.answers.values()):
            return ()
        return tuple(
            one
            for one in self._kept()
            if one.poll == poll.id
            and one.role in poll.answers
            and poll.answers[one.role].go is None
        )

    def _kept(self) -> list[Sealed]:
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            return []
        kept = []
        for line in lines:
            try:
                kept.append(msgspec.json.decode(line, type=Sealed))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # cut by a crash before its seal was written: nobody waits for it
        return kept
