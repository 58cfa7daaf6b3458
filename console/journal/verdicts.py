"""What signatures were found to be worth, kept so that none is looked at twice."""

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

import msgspec

from console.journal.members import Members
from console.journal.signing import Signed, SigningError, check, fingerprint, keys_in

FILE_NAME = "verdicts.json"
MOST_KEPT = 500


class _Verdict(msgspec.Struct, frozen=True):
    """The `signed` of a signature, while the file of allowed signers had this `stamp`."""

    stamp: str
    signed: Signed


class Verdicts:
    """Verdicts by text and signature, in the account's memory; for one thread at a time.

    They hold for one state of the file of allowed signers. Where that has changed since, or cannot
    be asked, an older one says what was believed before.
    """

    def __init__(self, home: Path, members: Members) -> None:
        """Read what is kept in `home`."""
        self._path = home / FILE_NAME
        self._members = members
        self._used: dict[str, _Verdict] = {}
        self._changed = False
        self.stamp = ""
        self.timeless = False
        self._listed: frozenset[bytes] | None = None
        try:
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Verdict])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            self._kept = {}

    def look(self) -> str:
        """See whether the allowed signers are another file than before; "" if it cannot be read.

        `timeless` then says whether no key in it is allowed for a time only.
        """
        allowed = self._members.allowed
        try:
            stat = allowed.stat()
            stamp = f"{allowed} {stat.st_mtime_ns} {stat.st_size} {stat.st_dev} {stat.st_ino}"
            if stamp != self.stamp:
                text = allowed.read_bytes()
                self.timeless, self._listed = b"valid-" not in text.lower(), keys_in(text)
                self.stamp = stamp
        except OSError:
            self.stamp = ""
        return self.stamp

    def known(self, text: bytes, signature: str) -> Signed | None:
        """What was found under the allowed signers of now, if anything."""
        found = self._find(_key(text, signature))
        return found.signed if found is not None and found.stamp == self.stamp else None

    def before(self, text: bytes, signature: str) -> Signed | None:
        """What was found whenever it was looked at last."""
        found = self._find(_key(text, signature))
        return None if found is None else found.signed

    def stranger(self, key: bytes) -> Signed | None:
        """What a signature by a key is worth that stands nowhere in the allowed signers.

        None for a key that does, or where that does not tell.
        """
        if not self.stamp or self._listed is None or key in self._listed:
            return None
        shown, allowed = fingerprint(key), self._members.allowed
        return Signed("untrusted", "", shown, f"the key {shown} is not one that {allowed} allows")

    def ask(self, text: bytes, signature: str, at: str) -> Signed:
        """Look at it with `ssh-keygen`, for the moment `at`; `SigningError` if that fails."""
        if not self.stamp:
            raise SigningError(f"the allowed signers, {self._members.allowed}, cannot be read")
        signed = check(text, signature, self._members.allowed, at)
        self._used[_key(text, signature)] = _Verdict(self.stamp, signed)
        self._changed = True
        return signed

    def forget_older(self) -> None:
        """Everything was looked at anew: nothing else counts any more."""
        now = {key: one for key, one in self._used.items() if one.stamp == self.stamp}
        self._changed |= len(now) < len(self._used) or bool(self._kept.keys() - now.keys())
        self._used, self._kept = now, {}

    def keep(self) -> None:
        """Write down what was used; it can be found out again, so nothing is made of a failure."""
        if not self._changed:
            return
        self._changed = False
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            scratch = self._path.with_name(f".{FILE_NAME}.{secrets.token_hex(4)}")
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                latest = dict(list(self._used.items())[-MOST_KEPT:])
                stream.write(msgspec.json.encode(latest))
            scratch.replace(self._path)

    def _find(self, key: str) -> _Verdict | None:
        found = self._used.get(key)
        if found is None and (found := self._kept.get(key)) is not None:
            self._used[key] = found
        return found


def _key(text: bytes, signature: str) -> str:
    return hashlib.sha256(text + b"\0" + signature.encode("utf-8", "replace")).hexdigest()
