"""What people do about an early warning (Guide 6.3, third signal)."""

from typing import Literal

import msgspec


class ReviewWarning(msgspec.Struct, frozen=True):
    """Record the leads' 30-minute review: the root cause, and whether a fix is there within 4 h."""

    warning: str
    cause: str
    fix: bool
    remark: str = ""


class SettleWarning(msgspec.Struct, frozen=True):
    """Say that the fix is applied, or what the rollback owner decides."""

    warning: str
    decision: Literal["fixed", "maintain", "rollback"]
    why: str
