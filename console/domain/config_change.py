"""What another `warroom.toml` changes, in sentences for whoever has to accept it (Guide 2.1)."""

from config.guide import checklist_items
from config.model import Deployment
from console.domain.checklist import is_hard
from console.domain.standing import contexts_of


def changes(before: Deployment | None, after: Deployment) -> tuple[str, ...]:
    """What differs: the context with the gates that follow from it, then tables by their name."""
    if before is None:
        return ("the text that was in use before is not kept here",)
    told = []
    was, now = _context(before), _context(after)
    if was != now:
        gained, lost = ", ".join(sorted(now - was)), ", ".join(sorted(was - now))
        said = [f"now {gained}"] if gained else []
        told.append(f"context: {', '.join(said + ([f'no longer {lost}'] if lost else []))}")
    told += _gates(before, after)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    tables = [f"[{name}]" for name in new if name != "context" and new[name] != old.get(name)]
    if tables:
        told.append(f"changed: {', '.join(tables)}")
    return tuple(told) or ("only comments or layout",)


def _context(deployment: Deployment) -> frozenset[str]:
    """All that the context says, by the names that people read."""
    return contexts_of(deployment) | {f"workflow {deployment.context.workflow}"}


def _gates(before: Deployment, after: Deployment) -> list[str]:
    """The items that became hard gates, and those that are none any more."""
    was, now = (
        {
            item.id
            for item in checklist_items()
            if is_hard(item, contexts_of(one)) or (item.id in one.items and one.items[item.id].hard)
        }
        for one in (before, after)
    )
    told = []
    if now - was:
        told.append(f"hard gates now: {', '.join(sorted(now - was))}")
    if was - now:
        told.append(f"hard gates no longer: {', '.join(sorted(was - now))}")
    return told
