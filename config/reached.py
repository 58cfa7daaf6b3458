"""Whom an escalation reaches must be a person (Guide 5.1, 5.3): named, reachable, no mailbox."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from config.guide import Role, escalation_rows
from config.nearest import suggestion
from config.probe import Escalation
from config.secret import Secret

Problem = tuple[str | int, ...]

_CROWD = frozenset(
    {"team", "teams", "group", "groups", "mailbox", "inbox", "helpdesk", "desk", "squad", "all"}
    | {"department", "everyone", "everybody", "list", "rotation"}
)
_SHARED = frozenset(
    {"support", "info", "ops", "operations", "office", "service", "services", "sales", "help"}
    | {"contact", "hello", "alerts", "alert", "oncall", "admin", "admins", "staff", "dev"}
    | {"devops", "sre", "noreply", "postmaster", "webmaster"}
)
_ADDRESS = re.compile(r"[^\s/@:?&=,;]+@[^\s/@?&=,;]+")


class Named(Protocol):
    """What is looked at of a person."""

    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> Sequence[Role]: ...
    @property
    def phone(self) -> str: ...
    @property
    def notify(self) -> Sequence[Secret]: ...


def crowd(name: str) -> bool:
    """Whether a name is that of a team rather than of somebody."""
    words = re.findall(r"[^\W\d_]+", name.casefold())
    shared = "".join(words) in _SHARED or (bool(words) and _SHARED.issuperset(words))
    return shared or bool(_CROWD.intersection(words))


def mailbox(url: str) -> str:
    """The team's mailbox that a notice to `url` (Apprise) would go to; empty if there is none."""
    scheme, _, rest = url.partition("://")
    if scheme.casefold() not in {"mailto", "mailtos"}:
        rest = url.partition(":")[2] if scheme.casefold().startswith("mailto:") else ""
    return next((found for found in _recipients(rest) if crowd(found.partition("@")[0])), "")


def _recipients(rest: str) -> Iterator[str]:
    """The addresses of a mail URL; that of the account itself where no other is named."""
    parts = urlsplit(f"//{rest}")
    asked = parse_qs(parts.query)
    named = [one for key in ("to", "cc", "bcc") for one in asked.get(key, ())]
    given = _ADDRESS.findall(unquote(" ".join([parts.path.replace("/", " "), *named])))
    yield from given
    if not given and "@" in parts.netloc:
        account, _, host = parts.netloc.rpartition("@")
        yield f"{unquote(account.partition(':')[0])}@{host}"


def notified() -> frozenset[Role]:
    """The roles that some row of the guide's table notifies."""
    return frozenset(role for row in escalation_rows() for role in row.notified)


def crowds(people: Sequence[Named]) -> Iterator[Problem]:
    """Of `people` whom escalations reach by their role, the teams and the teams' mailboxes."""
    reached = notified()
    for place, person in enumerate(people):
        if reached.isdisjoint(person.roles):
            continue
        if crowd(person.name):
            why = f'"{person.name}" is a team: name one person, and another as the backup'
            yield why, place, "name"
        for at, address in enumerate(person.notify):
            box = "" if address.text is None else mailbox(address.text.get_secret_value())
            if box:
                why = f"{box} is a team's mailbox: give the address of {person.name} alone"
                yield why, place, "notify", at


def unanswered(path: Escalation, people: Sequence[Named], guide_sla_s: float) -> list[Problem]:
    """What keeps `path` from reaching a person in time; each problem with its keys."""
    known = {person.name: person for person in people}
    problems = [
        found
        for key, name, role in (
            ("reviewer", path.reviewer, "reviewer"),
            ("backup", path.backup, None),
        )
        for found in _unfit(name, role, known, (key,))
    ]
    if path.sla_s is not None and path.sla_s > guide_sla_s:
        why = f"is looser than the guide's {guide_sla_s:g} s; only less is possible"
        problems.append((why, "sla_s"))
    rows = {row.id: row for row in escalation_rows()}
    for place, shift in enumerate(path.rota):
        at = ("rota", place)
        of = notified() if shift.row is None else rows[shift.row].notified
        if shift.role not in of:
            what = "no escalation" if shift.row is None else f'row "{shift.row}"'
            problems.append((f'"{shift.role}" is not notified of {what}', *at, "role"))
        problems += _unfit(shift.primary, shift.role, known, (*at, "primary"))
        problems += _unfit(shift.backup, None, known, (*at, "backup"))
        if shift.backup == shift.primary:
            problems.append((f'"{shift.primary}" cannot stand in for themselves', *at, "backup"))
    return problems


def _unfit(
    name: str | None, role: str | None, known: Mapping[str, Named], at: tuple[str | int, ...]
) -> Iterator[Problem]:
    if name is None:
        return
    person = known.get(name)
    if person is None and not crowd(name):
        yield (f'nobody in `people` is called "{name}"{suggestion(name, known)}', *at)
    elif person is None or crowd(name):
        yield (f'"{name}" is a team: name one person, and another as the backup', *at)
    elif role is not None and role not in person.roles:
        yield (f'"{name}" needs the role "{role}" in `people`', *at)
    elif not person.phone and not person.notify:
        yield (f'"{name}" needs a `phone` or a `notify` address in `people`', *at)
