"""What can be asked for about our own notices: a part of `Command`."""

import msgspec


class SilenceNotices(msgspec.Struct, frozen=True):
    """Tell nobody of our alerts of `rule` (or of the alert of that id) for `for_s` seconds.

    `silence` is a new id.
    """

    silence: str
    rule: str
    for_s: float
    why: str


class LiftSilence(msgspec.Struct, frozen=True):
    """End every silence of our own that holds for `rule`, before its time."""

    rule: str
    why: str = ""
