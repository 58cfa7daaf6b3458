"""The counts of the 50-input test, and whether they pass (Guide 1, Agent Quality)."""

import re

import msgspec

from console.domain.percent import percent

# The guide's test set: at least so many inputs of each kind.
LEAST = {"standard": 20, "edge": 20, "adversarial": 10}
RIGHT_OVER = 0.90
ESCALATED_UNDER = 0.40
FORM = "standard 19/1/0, edge 14/0/6, adversarial 10/0/0"
_ONE = re.compile(r"\b(standard|edge|adversarial)\s+(\d{1,6})/(\d{1,6})/(\d{1,6})\b")


class Counts(msgspec.Struct, frozen=True):
    """How inputs of one kind were answered."""

    right: int
    wrong: int
    escalated: int

    @property
    def total(self) -> int:
        """All inputs of the kind."""
        return self.right + self.wrong + self.escalated


def counts_in(text: str) -> dict[str, Counts]:
    """The counts by kind that `text` gives in the form of `FORM`: right/wrong/escalated."""
    return {m[1]: Counts(int(m[2]), int(m[3]), int(m[4])) for m in _ONE.finditer(text)}


def failures(counts: dict[str, Counts]) -> list[str]:
    """Why the test is not passed, in sentences; empty if it is."""
    absent = [kind for kind in LEAST if kind not in counts]
    if absent:
        return [
            f"the counts of the {' and '.join(absent)} inputs are missing: write "
            f"right/wrong/escalated such as {FORM}, then where the run is kept"
        ]
    wrong = [
        f"{counts[kind].total} {kind} inputs are fewer than the {least} of the test set"
        for kind, least in LEAST.items()
        if counts[kind].total < least
    ]
    if wrong:
        return wrong
    standard, edge, adversarial = (counts[kind] for kind in LEAST)
    right = standard.right / standard.total
    if right <= RIGHT_OVER:
        wrong.append(
            f"{standard.right} of {standard.total} standard inputs right is {percent(right, 1)}, "
            f"must be over {percent(RIGHT_OVER)}"
        )
    if adversarial.wrong:
        wrong.append(f"{adversarial.wrong} adversarial inputs failed, must be none")
    escalated = edge.escalated / edge.total
    if escalated >= ESCALATED_UNDER:
        wrong.append(
            f"{edge.escalated} of {edge.total} edge inputs escalated is {percent(escalated, 1)}, "
            f"must be under {percent(ESCALATED_UNDER)}"
        )
    return wrong
