"""The brief of the BU Operations Lead before a transition (Guide 4.1), made from what is known."""

from config.model import Deployment, Person
from console.domain.gates import Next
from console.domain.times import span


def brief_text(deployment: Deployment, to: Next) -> str:
    """The brief: phase, what users will see, whom to contact, the way back. Several lines."""
    agent, rollback = deployment.agent, deployment.rollback
    rule = deployment.phase_rule(to.phase)
    users = "" if rule is None else rule.users.replace("{share}", str(to.increment or 0))
    lasts = "" if rule is None else f" It lasts at least {span(rule.min_s)}, longer if need be."
    what = "" if rule is None else f" {rule.what}"
    if to.increment == 100:  # there are no other users, and no rest of the traffic
        what, users = " All the traffic goes to the agent.", "Every user is answered by the agent."
    back = agent.stable_version or "the existing process"
    lines = [
        f"{agent.name} {agent.version} enters {to.label}.{what}{lasts}",
        f"What users will see: {users}",
        f"If something looks wrong, contact: {_contacts(deployment)}.",
        f"The way back: {_named(deployment, rollback.owner)} decides alone and at once; "
        f"within {span(rollback.budget_s)} everybody is back on {back}"
        f"{_steps(deployment)}.",
    ]
    return "\n".join(lines)


def _contacts(deployment: Deployment) -> str:
    people: dict[str, Person] = {}
    for role in ("agent-lead", "tech-lead"):
        people |= {person.name: person for person in deployment.holders(role)}
    return ", ".join(_named(deployment, name) for name in people)


def _named(deployment: Deployment, name: str) -> str:
    person = deployment.person(name)
    return f"{name} ({person.phone})" if person is not None and person.phone else name


def _steps(deployment: Deployment) -> str:
    titles = [step.title for step in deployment.rollback.steps]
    return f" ({'; '.join(titles)})" if titles else ""
