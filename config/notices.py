"""How people are told: what waits for company, how often it is said again, bell and desktop."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from config.base import Model
from config.guide import Role, metric_rules, notice_rules, watch_rules
from config.quiet import quiet_together


class Notices(Model):
    """Seconds, as in Alertmanager. What is critical waits for no group, whatever stands here.

    The first notice of a group waits `group_wait_s` for more of it, the next ones come
    `group_interval_s` after the last. What still holds and nobody has in hand is said again after
    `repeat_s`, after `critical_repeat_s` if it is critical.
    """

    group_wait_s: Annotated[float, Field(ge=0, le=300)] = 30.0
    group_interval_s: Annotated[float, Field(ge=60, le=3600)] = 300.0
    repeat_s: Annotated[float, Field(ge=900, le=86_400)] = 14_400.0
    critical_repeat_s: Annotated[float, Field(ge=300, le=7200)] = 1800.0


class Console(Model):
    """What the terminal of an open console does besides showing.

    `WARROOM_BELL` (on, off) and `WARROOM_DESKTOP` go before these on the machine that has them.
    """

    bell: bool = True
    desktop: Literal["off", "osc9", "osc777"] = "off"


def left_without(deployment: Any) -> Iterator[tuple[str | int, ...]]:
    """What is wrong where quiet hours would leave a notice without anybody who is told of it."""
    people: Sequence[Any] = deployment.people
    for roles, name in _told(deployment):
        told = [person for person in people if set(roles) & set(person.roles)]
        when = quiet_together([(person.quiet, person.zone) for person in told])
        if not when:
            continue
        who = " and ".join(f'"{person.name}"' for person in told)
        alone = "is the only one" if len(told) == 1 else "are the only ones"
        why = (
            f"{who} {alone} told of {name}, and at {when} nobody would be: "
            f'name another with the role "{roles[0]}", or leave quiet hours out'
        )
        yield (why, "people", people.index(told[0]), "quiet")
        return


def _told(deployment: Any) -> Iterator[tuple[tuple[Role, ...], str]]:
    """The roles that are told of each alert that quiet hours can hold back, and its name."""
    held = {rule.id for rule in notice_rules() if not rule.critical}
    for metric in metric_rules():
        if metric.id != "safety-flags":
            yield metric.recipients, f"the {metric.name}"
    for watched in watch_rules():
        if watched.id not in deployment.watch.off and watched.severity != "page":
            yield watched.recipients, watched.name
    for own in deployment.rules:
        if own.severity != "page":
            yield (own.recipient,), f"the rule {own.id}"
    for notice in notice_rules():
        if notice.id in held and notice.to:
            yield notice.to, notice.name
