"""A deployment as it was: the room of a past moment, in which nothing can be done.

Nothing is asked, taken or written: no feed, no lock, no file. The journal's entries up to the
moment make the state, the recorded minutes that were known by then make the readings, and every
age and deadline is reckoned from the moment. What is of today is said: `warroom.toml`, evidence
files, and minutes that were told anew since (calls that came late).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Never

import msgspec

from config.load import Loaded
from console.clock import CLOCK_FILE, SavedClock, SystemClock
from console.domain.entry import Actor, Draft, Entry
from console.domain.events import GateDecided, GateProposed
from console.domain.facts import Facts
from console.domain.presence import What
from console.domain.state import State
from console.domain.times import iso
from console.executor.lastgood import load_or_last_good
from console.executor.opening import OpenFailed
from console.journal import Journal, MissingJournal, Unwritable
from console.journal.line import ZEROS
from console.journal.members import members_of
from console.journal.record import Record
from console.room.idle import Forgetful, Unread, Untouched
from console.room.lookedat import LookedAt
from console.room.picture import Ground, Picture
from console.room.readiness import Readiness
from console.room.sampling import Sampling
from console.room.timeline import Timeline
from console.room.traffic import TrafficDesk
from console.room.watch import Recording
from console.telemetry import History
from console.telemetry.sheet import given_writers

LOOKER = Actor("replay", ("observer",))
TICK_S = 0.5


class PastClock:
    """Stands where it is put. Deadlines of this process still run in real time."""

    def __init__(self, moment: float, speed: float) -> None:
        """Stand at `moment` (unix seconds); `speed` is the deployment's own, 1 outside a demo."""
        self.moment = moment
        self.speed = speed

    def now(self) -> float:
        """See `Clock.now`."""
        return self.moment

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return SystemClock().monotonic()


class Spot(msgspec.Struct, frozen=True):
    """Where a replay stands: after the first `count` entries, at `at` (unix seconds).

    `shown` is the entry that it stands at, as its place among all, None before the first one. A
    decision is shown at the moment before it changes the state: then `shown` is `count`.
    """

    count: int
    at: float
    shown: int | None


class Decided(msgspec.Struct, frozen=True):
    """A gate's decision, or the wish for one, with the figures that its entry stored.

    `at` is when they were on the screen (unix seconds). `differing` says, by the criterion's id,
    what reckoning it again from the record gives instead.
    """

    at: float
    entry: Entry
    event: GateDecided | GateProposed
    differing: dict[str, str]


class PastJournal(MissingJournal):
    """The entries up to a moment; takes nothing."""

    def __init__(self, deployment: str, clock: PastClock, trouble: str, torn: bool) -> None:
        """`trouble` is what was wrong with the files when they were read, `torn` that they are."""
        super().__init__(deployment, clock, trouble)
        self.intact = not torn
        self.refused: Callable[[], str] = lambda: "this is a replay; nothing can be recorded"

    def stand(self, entries: Sequence[Entry]) -> None:
        """Hold these, which come in the order of the fold."""
        self.heads = {entry.writer: entry.h for entry in entries}
        self.head = entries[-1].h if entries else ZEROS
        self.count = len(entries)

    def transact(self, propose: object) -> Never:
        """Refuse."""
        raise Unwritable(self.refused())

    def fallback(
        self, drafts: Iterable[Draft], at: float | None = None, *, doubtful: bool = False
    ) -> Never:
        """Refuse."""
        raise Unwritable(self.refused())


class PastRecord(Record):
    """State and entries as they were."""

    journal: PastJournal

    def stand(self, entries: list[Entry], state: State) -> None:
        """Hold these; what follows them as a tail need not be shown anew."""
        held, self.entries, self._state = self.entries, entries, state
        least = min(len(held), len(entries))
        if least and held[least - 1] is not entries[least - 1]:
            self.resorted += 1
        self.journal.stand(entries)


class PastRoom(LookedAt):
    """The room of a past moment, which `go` moves. Made by `open_past`."""

    LOOKED_AT = "REPLAY"
    UNASKED = "a replay does not ask the switch: what it read then is in the journal"

    def __init__(
        self,
        loaded: Loaded,
        clock: PastClock,
        record: PastRecord,
        timeline: Timeline,
        minutes_of: str = "",
    ) -> None:
        """Use `open_past`."""
        super().__init__(loaded, clock, record, LOOKER, read_only=True, offline=True)
        self.timeline = timeline
        self.past_clock, self.past_record = clock, record
        self._speed = clock.speed
        self.trouble = ""
        record.journal.refused = lambda: self.refusal
        self.readiness: Readiness = Forgetful(loaded)
        self.traffic: TrafficDesk = Untouched(self)
        known = (self.deployment, self.directory, self.eyes.each, self._http, clock)
        self.sampling: Sampling = Unread(*known, offline=True)
        self.histories = {
            name: History(self.directory, name, minutes_of) for name in self.eyes.each
        }
        self.minutes_of = minutes_of
        for name, history in self.histories.items():
            self.eyes.each[name].series = history.series
            self.eyes.each[name].error = history.trouble
        self.spot = Spot(0, clock.moment, None)
        self.decided: Decided | None = None

    # Where it stands.

    def go(self, spot: Spot) -> None:
        """Stand there: state, readings, clock, picture. Blocks for some milliseconds.

        For one thread at a time.
        """
        self.stand(spot, self.timeline.upto(spot.count), self.timeline.state(spot.count))

    def stand(self, spot: Spot, entries: list[Entry], state: State) -> None:
        """Stand at `spot` with this state, which follows from these entries."""
        self.past_clock.moment = spot.at
        self.past_clock.speed = 1.0 if self._urgent(spot, state) else self._speed
        self.past_record.stand(entries, state)
        for name, eye in self.eyes.each.items():
            history = self.histories[name]
            eye.taken += history.stand_at(spot.at)
            eye.last_success = history.answered(spot.at)
            eye.answered = eye.last_success is not None
            eye.recorded_to = history.series.last
        self.spot = spot
        self._picture = self.take_picture()

    def _urgent(self, spot: Spot, state: State) -> bool:
        """Whether a rollback runs, or is decided here: then a demo runs in real time."""
        held = state.rollback
        if held is not None and held.state == "running":
            return True
        pending = self.timeline.entries[spot.count : (spot.shown or 0) + 1]
        return any(entry.kind == "rollback.triggered" for entry in pending)

    @property
    def shown(self) -> Entry | None:
        """The entry that it stands at."""
        place = self.spot.shown
        return None if place is None else self.timeline.entries[place]

    @property
    def span(self) -> tuple[float, float]:
        """From when to when (unix seconds) there is anything to show."""
        spans = [history.span for history in self.histories.values()]
        times = self.timeline.times
        ends = [one for one in spans if one is not None] + [(times[0], times[-1])]
        return times[0], max(end for _, end in ends)

    @property
    def refusal(self) -> str:
        """Why nothing can be done here, in a sentence."""
        return f"this is a replay of {iso(self.past_clock.moment)}; nothing can be recorded"

    # What a screen asks of any room.

    @property
    def troubles(self) -> tuple[str, ...]:
        """What was not as it is shown here, in sentences; the journal first."""
        held = self.state.config_sha256
        config = ""
        if held not in {"", self.config_sha256}:
            config = (
                "warroom.toml is another today: names, limits and phases are shown as they are now"
            )
        late = sum(history.late(self.past_clock.moment) for history in self.histories.values())
        minutes = ""
        if late:
            minutes = (
                f"{late} recorded minutes were told anew later: they may hold calls that came late"
            )
        whose = ""
        if self.minutes_of:
            whose = f"the minutes are those that {self.minutes_of} recorded, not this machine's"
        said = (
            self.record.journal.trouble,
            self.trouble,
            whose,
            config,
            minutes,
            self.traffic.trouble,
        )
        return tuple(sentence for sentence in said if sentence)

    @property
    def recording(self) -> Recording:
        """Which process recorded then, nobody can tell."""
        return "past"

    @property
    def rollback_interrupted(self) -> bool:
        """Whether a process still lived then, nobody can tell: never said."""
        return False

    def _ground(self) -> Ground:
        held = self.state.config_sha256 or self.config_sha256
        broken = self.readiness.broken(self.state)
        return Ground(self.actor, held, "", self.record.journal.head, broken)

    def facts(self) -> Facts:
        """What a command would have been decided on."""
        held = self.state.rollback
        alive = held is not None and held.state == "running"
        facts = self.looker.facts(self.state, self._ground())
        return msgspec.structs.replace(facts, rollback_alive=alive)

    def picture(self) -> Picture:
        """The picture of the moment."""
        if self._picture is None:
            self._picture = self.take_picture()
        return self._picture

    async def refresh(self, due: Callable[[Picture], bool] | None = None) -> None:
        """Tell the subscribers: the picture is that of the moment already."""
        self.changed()

    async def poll_once(self) -> None:
        """Ask nobody."""
        await self.refresh()

    def look(self) -> None:
        """There is nothing to look after."""

    async def run(self, what: What = "console") -> None:
        """Keep what is filled piece by piece being filled, until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.changed()


def open_past(
    directory: Path,
    at: float | None = None,
    *,
    heads: Mapping[str, str] | None = None,
    whole: bool = False,
    minutes_of: str = "",
) -> PastRoom:
    """The deployment at `directory` as it was at `at` (unix seconds; None: at its end).

    The state is that of the entries written by then; with `heads` (writer -> `h` of the last entry
    to take), of exactly these writers' entries up to those; with `whole`, of all entries, however
    they are dated: only readings and ages are those of `at`. With `minutes_of` these are from what
    that other machine recorded, as far as it was fetched. A damaged journal is shown as far
    as it verifies. Blocks; writes nothing. Raises `ConfigError`, or `OpenFailed` for a directory
    without entries and for a head that it does not hold.
    """
    loaded, trouble = load_or_last_good(directory)
    if minutes_of and minutes_of not in given_writers(loaded.directory):
        raise OpenFailed(
            f"what {minutes_of} recorded is not here: warroom sync {directory} --telemetry gets it"
        )
    try:
        clock = PastClock(at or 0.0, _speed(loaded.directory))
        journal = Journal.open(
            loaded.directory,
            loaded.deployment.deployment,
            clock=clock,
            config_hash=loaded.sha256,
            read_only=True,
            genesis_actor=LOOKER,
            members=members_of(loaded),
        )
        entries = journal.read_new()
    except (Unwritable, OSError) as error:
        raise OpenFailed(str(error)) from None
    said = journal.trouble or journal.disbelief
    if heads is not None:
        entries = _prefixes(entries, heads)
    if not entries:
        wrong = said or "its journal holds no entry"
        raise OpenFailed(f"nothing can be replayed of {directory}: {wrong}")
    torn = PastJournal(loaded.deployment.deployment, clock, said, not journal.intact)
    journal.close()
    timeline = Timeline(entries)
    room = PastRoom(loaded, clock, PastRecord(torn), timeline, minutes_of)
    room.trouble = trouble
    moment = room.span[1] if at is None else at
    everything = whole or heads is not None
    count = len(timeline) if everything else timeline.count_at(moment)
    room.go(Spot(count, moment, count - 1 if count else None))
    return room


def _prefixes(entries: Sequence[Entry], heads: Mapping[str, str]) -> list[Entry]:
    """The entries of the writers that `heads` names, each up to the one with that hash."""
    last = {entry.writer: entry.seq for entry in entries if heads.get(entry.writer) == entry.h}
    for writer, h in heads.items():
        if writer not in last and h != ZEROS:
            raise OpenFailed(f"the journal holds no entry {h[:16]} of {writer} that verifies")
    return [entry for entry in entries if entry.seq <= last.get(entry.writer, 0)]


def _speed(directory: Path) -> float:
    """How fast the deployment's own time runs."""
    try:
        return SavedClock(directory).base_speed
    except FileNotFoundError:
        return 1.0
    except (ValueError, KeyError):
        raise OpenFailed(f"{directory / CLOCK_FILE} is no clock of a demo") from None
