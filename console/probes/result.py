"""What a live check found: rows that are ok, warn or fail, and one verdict over them."""

from typing import Any, Literal

import msgspec

Verdict = Literal["ok", "warn", "fail"]


class Row(msgspec.Struct, frozen=True):
    """One thing that was looked at, and what was found, in a few clean words."""

    name: str
    verdict: Verdict
    detail: str


class Result(msgspec.Struct, frozen=True):
    """A probe's outcome. `reached` is false if nothing at all answered.

    `record` is what is kept as evidence beside the rows; it may hold the texts of synthetic calls,
    which never enter the journal. `told` is what else the sentence says where it passed.
    """

    probe: str
    rows: tuple[Row, ...]
    reached: bool = True
    record: dict[str, Any] = {}
    told: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing failed, and something was looked at."""
        return bool(self.rows) and all(row.verdict != "fail" for row in self.rows)

    @property
    def summary(self) -> str:
        """The outcome in a sentence, failures by name."""
        failed = [row for row in self.rows if row.verdict == "fail"]
        if failed:
            told = "; ".join(f"{row.name}: {row.detail}" for row in failed[:8])
            more = f"; {len(failed) - 8} more" if len(failed) > 8 else ""
            return f"{self.probe} probe failed, {told}{more}"
        if not self.rows:
            return f"{self.probe} probe failed, there was nothing to look at"
        warned = [f"{row.name}: {row.detail}" for row in self.rows if row.verdict == "warn"]
        kept = f", with warnings: {'; '.join(warned[:8])}" if warned else ""
        told = self.told or f"{len(self.rows)} checks"
        return f"{self.probe} probe passed, {told}{kept}"


def failed(probe: str, name: str, why: str, *, reached: bool = True) -> Result:
    """A probe that could not be carried out."""
    return Result(probe, (Row(name, "fail", why),), reached)
