"""A traffic switch behind two programs: one prints the share, one sets it."""

import re
from pathlib import Path

import msgspec

from config.switch import Switch
from console.actions import command
from console.actions.act import Answer, Sent
from console.actions.documents import Found, NotThere, number, share_in
from console.actions.switch import Shown, Unreadable
from console.actions.switch_values import SwitchValues
from console.clean import clean

_PLAIN = re.compile(r"\s*([0-9.eE+-]+)\s*(%?)\s*")


class CommandHands:
    """Runs the programs without a shell, each with the share and the key in its environment."""

    repeats = False  # nobody knows whether a program may be run twice

    def __init__(self, switch: Switch, base: Path) -> None:
        """Take the switch as configured; they run in its `cwd`, else in `base`."""
        self._switch = switch
        self._cwd = base / (switch.cwd or "")

    async def read(self, values: SwitchValues, deadline_s: float) -> Shown:
        """See `Hands.read`."""
        argv = [values.fill(word) for word in self._switch.read or ()]
        try:
            ran = await command.run(
                argv, cwd=self._cwd, extra=values.environment(), deadline_s=deadline_s
            )
        except command.NotStarted as error:
            raise Unreadable(str(error)) from None
        if ran.code != 0 or ran.cut:
            raise Unreadable(clean(f"{argv[0]}: {ran.how}", 300))
        try:
            found = self._found(ran.out, values)
        except NotThere as why:
            raise Unreadable(clean(f"{argv[0]}: {why}", 300)) from None
        return Shown(found.share, found.phase)

    def _found(self, out: str, values: SwitchValues) -> Found:
        if self._switch.path is not None:
            try:
                document = msgspec.json.decode(out)
            except (msgspec.DecodeError, RecursionError):
                raise NotThere("it prints something else than JSON") from None
            return share_in(document, self._switch, values)
        match = _PLAIN.fullmatch(out)
        if match is None:
            raise NotThere("it prints something else than a share")
        share = number(match[1], ())
        if self._switch.unit == "fraction" and not match[2]:
            share *= 100
        if not 0 <= share <= 100:
            raise NotThere(f"it prints {share:g} %, which is no share")
        return Found(share)

    async def write(self, values: SwitchValues, shown: Shown | None, deadline_s: float) -> Sent:
        """See `Hands.write`."""
        argv = [values.fill(word) for word in self._switch.write or ()]
        try:
            ran = await command.run(
                argv, cwd=self._cwd, extra=values.environment(), deadline_s=deadline_s
            )
        except command.NotStarted as error:
            return Sent("unsent", str(error))
        if ran.code is None:
            return Sent("lost", clean(f"{argv[0]} was ended after {deadline_s:.2g} s"))
        answer: Answer = "lost" if ran.code < 0 else "refused" if ran.code else "accepted"
        return Sent(answer, clean(f"{argv[0]}: {ran.how}"))
