"""What a notice says: title and text, bounded and clean."""

from collections.abc import Sequence

from config.model import Deployment
from console.clean import clean
from console.domain.notice_facts import Fact
from console.domain.notices import Letter

MOST_LINES = 20
MOST_TITLE = 200
MOST_LINE = 400
_NOUNS = {
    "alert": "alerts",
    "page": "alerts",
    "safety-flag": "safety flags",
    "escalation": "escalations",
    "tool-misuse": "escalations",
    "governance": "escalations",
    "missed-sla": "escalations not answered in time",
    "check-in": "check-ins",
    "warning": "early warnings",
    "duty": "duties overdue",
}


def words(letter: Letter, deployment: Deployment, look: str) -> tuple[str, str]:
    """Title and text of a letter; `look` is the command that shows more. Bounded and clean."""
    agent = deployment.agent.name
    title = _title(letter.facts) if letter.facts else f"still: {_title(letter.still)}"
    lines = [*(fact.text for fact in letter.facts), *(f"still {f.text}" for f in letter.still)]
    more = len(lines) - MOST_LINES
    lines = [*lines[:MOST_LINES], *([f"and {more:,} more"] if more > 0 else [])]
    lines.append(f"Look: {look}")
    text = "\n".join(clean(line, MOST_LINE) for line in lines)
    return clean(f"{agent}: {title}", MOST_TITLE), text


def _title(facts: Sequence[Fact]) -> str:
    if len(facts) == 1:
        return facts[0].head
    counts: dict[str, int] = {}
    for fact in facts:
        noun = "resolved" if fact.over else _NOUNS.get(fact.rule, "notices")
        counts[noun] = counts.get(noun, 0) + fact.count
    counted = ", ".join(f"{count:,} {noun}" for noun, count in counts.items())
    heads = dict.fromkeys(fact.head.partition(": ")[2] or fact.head for fact in facts)
    return f"{counted}: {', '.join(heads)}"
