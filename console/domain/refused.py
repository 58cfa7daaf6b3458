"""A refusal, and the checks that most commands share."""

from collections.abc import Collection

from console.domain.entry import Actor
from console.domain.facts import Facts

LEADS = frozenset({"agent-lead", "tech-lead"})


class Refused(Exception):
    """The command cannot be carried out; `reasons` are sentences for the operator."""

    def __init__(self, *reasons: str) -> None:
        """Hold one sentence for each reason."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def words(text: str, what: str) -> str:
    """`text` without blanks around it, or a refusal if nothing is left of `what`."""
    if not text.strip():
        raise Refused(f"{what} is empty: write a few words")
    return text.strip()


def lead(facts: Facts, what: str) -> None:
    """Refuse whoever is neither of the leads."""
    if not LEADS.intersection(facts.actor.roles):
        raise Refused(f"{facts.actor.name} cannot {what}: that takes an agent-lead or a tech-lead")


def may_write(facts: Facts) -> None:
    """Refuse observers."""
    may_act(facts.actor)


def may_act(actor: Actor) -> None:
    """Refuse observers, before something is done that no command does."""
    if not set(actor.roles) - {"observer"}:
        raise Refused(
            f"{actor.name} is an observer and changes nothing: say who you are, with --as, "
            "WARROOM_AS or i in the console"
        )


def held_words(name: str, roles: Collection[str]) -> str:
    """Which roles somebody has, in a clause."""
    if not roles:
        return f"{name} has no role"
    return f"{name} has the role{'s' if len(roles) > 1 else ''} {', '.join(roles)}"
