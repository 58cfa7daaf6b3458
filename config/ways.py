"""What procedures need of the rest of `warroom.toml`: people who exist, and a switch to set."""

from collections.abc import Mapping, Sequence
from typing import get_args

from config.guide import Role
from config.nearest import nearest, suggestion
from config.rollback import Rollback, Step

Problems = list[tuple[str | int, ...]]
Roles = Mapping[str, Sequence[Role]]

_ROLES = get_args(Role)


def unmet_by(steps: Sequence[Step], roles: Roles, *, has_switch: bool) -> Problems:
    """What `steps` name or use that is not there; each with the keys from the steps to it.

    `roles` are those of each person, by name.
    """
    problems: Problems = []
    for place, step in enumerate(steps):
        if step.kind == "traffic" and not has_switch:
            problems.append(('"traffic" needs [traffic.switch], which is not there', place, "kind"))
        problems.extend(
            (why, place, "to", at)
            for at, name in enumerate(step.to)
            if (why := _nobody(name, roles))
        )
    return problems


def unmet_by_rollback(back: Rollback, roles: Roles, *, has_switch: bool) -> Problems:
    """The same for every procedure of a rollback, and for its owner and deputies."""
    problems: Problems = []
    if back.owner not in roles:
        problems.append((_unknown(back.owner, roles), "owner"))
    elif "rollback-owner" not in roles[back.owner]:
        why = f'"{back.owner}" needs the role "rollback-owner" in `people`'
        problems.append((why, "owner"))
    problems += [(_unknown(name, roles), "deputy") for name in back.deputy if name not in roles]
    ways: list[tuple[tuple[str, ...], Sequence[Step]]] = [(("steps",), back.steps)]
    ways += [(("procedures", phase, "steps"), one.steps) for phase, one in back.procedures.items()]
    for way, steps in ways:
        problems += [
            (why, *way, *place) for why, *place in unmet_by(steps, roles, has_switch=has_switch)
        ]
    return problems


def _unknown(name: str, roles: Roles) -> str:
    return f'nobody in `people` is called "{name}"{suggestion(name, roles)}'


def _nobody(name: str, roles: Roles) -> str:
    """Why nobody would be told; empty if somebody is."""
    if name in roles or any(name in held for held in roles.values()):
        return ""
    if name in _ROLES:
        return f'nobody in `people` holds the role "{name}"'
    near = nearest(name, [*roles, *_ROLES])
    meant = f'; did you mean "{near}"?' if near else ""
    return f'"{name}" is nobody in `people` and no role{meant} (people: {", ".join(roles)})'
