"""Whether escalations are seen, and reach a person at every hour (Guide 5.1); see `doctor`."""

from collections.abc import Iterator

from config.load import Loaded
from config.model import Deployment, MissingSecret
from config.reached import mailbox, notified
from console.domain.queue_words import ROWS, gap_text
from console.domain.raising import ROWS as GUIDE
from console.domain.rota import gaps, reached
from console.feeds import FeedError, untold
from console.room.escalating import READ_FROM, call_feeds
from console.room.finding import Finding

_TOLD = {"escalate": "escalations", "safety-flag": "flags"}
MOST_GAPS = 3


def look_at_escalations(loaded: Loaded, now: float) -> Iterator[Finding]:
    """Each row has a source, a person and a backup; the rota has no holes; no mailbox is told."""
    yield from _sources(loaded)
    deployment = loaded.deployment
    for name, row in GUIDE.items():
        them = reached(deployment, row, now)
        said = f"{ROWS[name]} reaches {', '.join(them.to)}"
        nobody = [role for role in row.notified if not deployment.holders(role)]
        if nobody:
            why = f"{said} alone: nobody in [[people]] has the role {', '.join(nobody)}"
            yield Finding("escalation", name, "warn", why)
        elif not them.backup:
            why = f"{said}, and no backup: name one in [escalation] or its rota"
            yield Finding("escalation", name, "warn", why)
        else:
            yield Finding("escalation", name, "ok", f"{said}, backup {them.backup}")
    open_ = gaps(deployment, now)
    if open_:
        more = f" and {len(open_) - MOST_GAPS} more" if len(open_) > MOST_GAPS else ""
        told = "; ".join(map(gap_text, open_[:MOST_GAPS]))
        yield Finding("escalation", "rota", "warn", f"no shift covers {told}{more}")
    yield from _mailboxes(loaded)


def _sources(loaded: Loaded) -> Iterator[Finding]:
    """Whether a feed gives the single calls that are looked through."""
    deployment = loaded.deployment
    for row, metric in READ_FROM.items():
        feeds = call_feeds(deployment, metric)
        name = f"{row} intake"
        if row == "tool-misuse" and deployment.agent.tools is None:
            why = "not checked: write the agent's scope into [agent] tools"
            yield Finding("escalation", name, "warn", why)
        elif not feeds:
            why = "no feed gives single calls: none is queued, only the metric's alert"
            yield Finding("escalation", name, "warn", why)
        elif row in _TOLD and all(_silent(deployment, feed, _TOLD[row]) for feed in feeds):
            why = f"feed {', '.join(sorted(feeds))} maps no {_TOLD[row].removesuffix('s')}"
            yield Finding("escalation", name, "warn", f"{why}: none is queued")
        else:
            yield Finding("escalation", name, "ok", f"from feed {', '.join(sorted(feeds))}")


def _silent(deployment: Deployment, feed: str, count: str) -> bool:
    spec = deployment.feeds[feed]
    try:
        return count in untold(spec)
    except FeedError:
        return False


def _mailboxes(loaded: Loaded) -> Iterator[Finding]:
    """Addresses that stand in the environment or in files, which the config's check cannot see."""
    for person in loaded.deployment.people:
        if notified().isdisjoint(person.roles):
            continue
        for place, address in enumerate(person.notify):
            try:
                box = mailbox(address.reveal(loaded.directory).get_secret_value())
            except MissingSecret:
                continue  # said of all secrets already
            if box:
                why = f"{box} is a team's mailbox: give the address of {person.name} alone"
                yield Finding("escalation", f"{person.name} notify[{place}]", "fail", why)
