"""Signs what this account wrote, so that other members believe it; nothing ever waits for that."""

import threading
from pathlib import Path

from config.load import Loaded
from console.clean import clean
from console.clock import Clock
from console.domain.entry import Actor, Entry
from console.domain.events import JournalSigned
from console.domain.state import State
from console.domain.times import iso, utc
from console.journal.belief import Belief
from console.journal.chain import Mark
from console.journal.members import Members, members_of
from console.journal.record import WRITE_ERRORS, Record
from console.journal.signing import SigningError, check, key_of, sign
from console.journal.statements import text_of

# What others wait for is signed at once, the rest soon: five seconds are promised (real time).
AT_ONCE = frozenset(
    {
        "gate.decided",
        "gate.proposed",
        "rollback.attached",
        "rollback.finished",
        "rollback.triggered",
        "suspension.finished",
        "suspension.triggered",
    }
)
SOON_S = 3.0
LONGEST_WAIT_S = 60.0
TRIES = 3
PROBE = b"warroom member\n"


class Voucher:
    """The account's key, whose it is, and what it has to sign. Its methods block.

    `who` is the person, empty as long as the key is nobody's or cannot be used. `trouble` says in
    one sentence why what was written is not signed.
    """

    def __init__(self, loaded: Loaded, record: Record, members: Members, clock: Clock) -> None:
        """Use `voucher_for`. Nothing is asked yet."""
        self.path = key_file(loaded)
        self.who = ""
        self.trouble = ""
        self._deployment = loaded.deployment.deployment
        self._record = record
        self._members = members
        self._clock = clock
        self._key = b""
        self._turn = threading.Lock()
        self._since: float | None = None
        self._wait = 0.0
        self._again = 0.0
        self._stamp: object = None
        self._failed: object = None

    def look(self, *, now: bool = False) -> None:
        """Sign what is due; all there is, if it is `now`. What fails is tried again, ever later.

        Another file of allowed signers, or another key, is tried at once.
        """
        with self._turn:
            moment = self._clock.monotonic()
            stamps = _stamp(self._members.allowed), _stamp(self.path)
            if moment < self._again and not now and stamps == self._failed:
                return
            try:
                self._who()
                self._sign(moment, now=now)
            except (SigningError, *WRITE_ERRORS) as error:
                self._wait = min(LONGEST_WAIT_S, max(1.0, self._wait * 2))
                self._again, self._failed = moment + self._wait, stamps
                self.trouble = str(error)
            else:
                self._wait, self._again, self.trouble = 0.0, 0.0, ""

    def get_ready(self) -> None:
        """Find out whose key it is, for a moment: what takes longer is left to the next look."""
        work = threading.Thread(target=self.look, name="vouching", daemon=True)
        work.start()
        work.join(SOON_S)

    @property
    def unsigned(self) -> int:
        """How many entries of this account wait for its signature."""
        belief = self._belief
        return 0 if belief is None else len(belief.unsigned(self._key)[0])

    @property
    def _belief(self) -> Belief | None:
        judging = self._record.journal.judging
        return None if judging is None else judging.belief

    def _who(self) -> None:
        """Whose key it is, looked at anew whenever the allowed signers have changed."""
        stamp = _stamp(self._members.allowed)
        if self.who and stamp is not None and stamp == self._stamp:
            return
        try:
            self.who, self._key = whose(self.path, self._members, self._clock.now())
        except SigningError:
            self.who = ""
            raise
        self._stamp = stamp

    def _sign(self, moment: float, *, now: bool) -> None:
        belief = self._belief
        for left in range(TRIES - 1, -1, -1):
            if belief is None:
                return
            waiting, not_before = belief.unsigned(self._key)
            if not waiting:
                self._since = None
                return
            self._since = moment if self._since is None else self._since
            soon = any(entry.kind in AT_ONCE for entry in waiting)
            if not (now or soon or moment - self._since >= SOON_S):
                return
            last = waiting[-1]
            at = int(max(self._clock.now(), last.at.timestamp(), not_before))
            text = text_of(self._deployment, last.writer, Mark(last.seq, last.h), at)
            event = JournalSigned(last.seq, last.h, utc(at), sign(text, self.path))
            if self._write(belief, event, last, insist=not left):
                self._since = None
                return

    def _write(self, belief: Belief, event: JournalSigned, last: Entry, *, insist: bool) -> bool:
        """Write it, unless another console did; whether nothing was written in between.

        What is written after the signed entry would stay pending before its signature. So, unless
        told to `insist`, such a signature is made anew.
        """
        done = True

        def propose(_: State) -> list[JournalSigned]:
            nonlocal done
            waiting = belief.unsigned(self._key)[0]
            if not waiting or waiting[0].seq > last.seq:
                return []
            done = insist or waiting[-1].seq == last.seq
            return [event] if done else []

        self._record.transact(Actor(self.who), propose)
        return done


def whose(key: Path, members: Members, at: float) -> tuple[str, bytes]:
    """Which person's the `key` is, at `at` (unix seconds), and its public half.

    Something is signed to find that out, so it can sign. `SigningError` where it is no member's,
    or cannot be used.
    """
    signature = sign(PROBE, key)
    signed = check(PROBE, signature, members.allowed, iso(at))
    if name := members.names.get(signed.who, ""):
        return name, key_of(signature) or b""
    if signed.state == "trusted":
        raise SigningError(
            f"the key {key} is {clean(signed.who, 100)}'s, and that is none of the people in "
            "warroom.toml: name them as `signer` of a person"
        )
    raise SigningError(f"the key {key} is no member's: {signed.why}")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells a file from what it was before; None where it cannot be looked at."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def key_file(loaded: Loaded) -> Path:
    """The configured key."""
    return loaded.directory / Path(loaded.deployment.signing.key or "").expanduser()


def voucher_for(loaded: Loaded, record: Record, clock: Clock) -> Voucher | None:
    """Who signs for this account; None where entries count without signatures."""
    members = members_of(loaded)
    return None if members is None else Voucher(loaded, record, members, clock)
