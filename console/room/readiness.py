"""What the walk to GO needs of this machine: evidence, sealed answers, the accepted config."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from secrets import token_hex

import msgspec

from config.load import Loaded
from console.domain.commands import AcceptConfig, AnswerPoll, Command, RevealPoll, Sealed
from console.domain.config_change import changes
from console.domain.decide import decide
from console.domain.entry import Entry
from console.domain.events import Event, PollAnswered
from console.domain.facts import Facts
from console.domain.hints import pasted
from console.domain.state import State
from console.evidence import EvidenceFiles
from console.executor.lastgood import ACCEPTED, LAST_GOOD, accepted, keep
from console.journal.home import default_home
from console.journal.record import Record
from console.room.sealed import SealedAnswers

WALKED = "walked-to"


class Readiness:
    """Its methods block: call them in a thread."""

    def __init__(self, loaded: Loaded) -> None:
        """Know the evidence and the seals of the deployment."""
        self._loaded = loaded
        self._evidence = EvidenceFiles(loaded.directory)
        self._home = default_home(loaded.deployment.deployment)
        self._sealed = SealedAnswers(self._home)

    def broken(self, state: State) -> frozenset[str]:
        """The evidence files that are gone or changed, by their SHA-256."""
        return self._evidence.broken(state)

    def completed(self, command: Command, state: State) -> Command:
        """The command with what only this machine knows: a seal's nonce, what a config changes."""
        if isinstance(command, AnswerPoll) and not command.nonce:
            return msgspec.structs.replace(command, nonce=token_hex(16))
        if isinstance(command, AcceptConfig):
            return msgspec.structs.replace(command, changes=self.config_changes(state))
        return command

    def sealing(self, command: Command, events: Sequence[Event]) -> Sequence[Event]:
        """The `events`, once the answer that they seal is kept where only this account reads it."""
        if isinstance(command, AnswerPoll):
            for event in events:
                if isinstance(event, PollAnswered):
                    said = (command.go, command.reason.strip(), command.nonce)
                    self._sealed.keep(Sealed(event.poll, event.role, *said))
        return events

    def due(self, state: State) -> tuple[Sealed, ...]:
        """The answers of this account that are to be revealed now."""
        return self._sealed.due(state)

    def reveal(self, record: Record, facts: Callable[[], Facts]) -> list[Entry]:
        """Open this account's seals, if all have answered a poll. Blocks."""
        due = self.due(record.state)
        if not due:
            return []
        ground = facts()
        _, written = record.transact(
            ground.actor, lambda state: decide(state, RevealPoll(due), ground)
        )
        return written

    def config_changes(self, state: State) -> tuple[str, ...]:
        """What somebody has to accept in this `warroom.toml`; empty if the journal knows it."""
        held, loaded = state.config_sha256, self._loaded
        if held in {"", loaded.sha256} or loaded.sha256 == LAST_GOOD:
            return ()
        name = loaded.deployment.deployment
        return changes(accepted(name, held), loaded.deployment)

    def config_trouble(self, state: State) -> str:
        """What is to be done about a `warroom.toml` that the journal does not know; else empty."""
        if not (told := self.config_changes(state)):
            return ""
        how = "a lead accepts it (ctrl+p, Accept config; or warroom config accept DIR)"
        how = pasted(how, self._loaded.directory)
        return f"warroom.toml is not the one in the journal, {how}: {'; '.join(told)}"

    def keep(self, written: Iterable[Entry]) -> None:
        """Remember what follows from entries that were written here."""
        if any(entry.kind == "config.changed" for entry in written):
            self.keep_accepted()

    def keep_accepted(self) -> None:
        """Remember the text of the config that the journal knows now, if that can be done."""
        with suppress(OSError):
            keep(self._loaded, ACCEPTED)

    def walked_to(self) -> str:
        """The item at which this account's last walk paused; empty if there was none."""
        try:
            return (self._home / WALKED).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def walk_to(self, item: str) -> None:
        """Remember at which item the walk is, if that can be done."""
        with suppress(OSError):
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._home / WALKED).write_text(item, encoding="utf-8")
