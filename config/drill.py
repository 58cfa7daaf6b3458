"""The rollback's procedures as they are rehearsed: elsewhere, and nowhere near production."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from config.base import Model
from config.load import ConfigError
from config.model import Deployment
from config.rollback import ReadBack, Rollback, Step
from config.secret import Secret
from config.switch import Switch

_Place = tuple[object, ...]
_Swap = Callable[[str], str]

_PORTS = {"http": 80, "https": 443}
_HOLES = re.compile(r"\{[a-z_]+\}")
# What names a thing here, or is said to people who are not told in a drill.
_KEPT = {"id", "title", "kind", "method", "after", "to", "text", "unit", "preset", "fill"}
_ADD = "put what stands there on the left of [rollback.drill] replace"


def at_drill_target(deployment: Deployment) -> Deployment:
    """`deployment` with its procedures and its switch turned to the drill's target.

    Raises `ConfigError` where what comes out is no address, or no target is configured.
    """
    back = deployment.rollback
    if back.drill is None:
        raise ConfigError("there is no [rollback.drill] in warroom.toml")
    swap = _swap(back.drill.replace)
    own = {
        phase: one.model_copy(update={"steps": _steps(one.steps, swap)})
        for phase, one in back.procedures.items()
    }
    update: dict[str, Any] = {"steps": _steps(back.steps, swap), "procedures": own}
    traffic = deployment.traffic
    if traffic.switch is not None:
        switch = _turned(traffic.switch, swap, "[traffic.switch]")
        traffic = traffic.model_copy(update={"switch": switch})
    return deployment.model_copy(
        update={"rollback": back.model_copy(update=update), "traffic": traffic}
    )


def still_in_production(deployment: Deployment, drilled: Deployment, phase: str) -> list[str]:
    """Why the way back from `phase` must not be `drilled`; empty if nothing is against it.

    A sentence for each step that would act, or be looked for, where production is.
    """
    production = dict(_all_writes(deployment))
    problems = []
    pairs = zip(deployment.rollback.steps_in(phase), drilled.rollback.steps_in(phase), strict=True)
    for step, turned in pairs:
        writes, there = _writes(step, deployment), _writes(turned, drilled)
        looks, looks_there = _looks(step, deployment), _looks(turned, drilled)
        if there is not None and there == writes:
            problems.append(
                f"step {step.id} would still act in production ({_said(there)}): {_ADD}"
            )
        elif there is not None and there in production:
            problems.append(
                f"step {step.id} would act where step {production[there]} does in production "
                f"({_said(there)}): put something else on the right of [rollback.drill] replace"
            )
        elif looks is not None and looks == looks_there:
            problems.append(
                f"step {step.id} would still be looked for in production ({_said(looks)}): {_ADD}"
            )
    return problems


def _steps(steps: tuple[Step, ...], swap: _Swap) -> tuple[Step, ...]:
    return tuple(_turned(step, swap, f"step {step.id}") for step in steps)


def _swap(replace: Any) -> _Swap:
    """Replaces each text once: what a replacement holds is not replaced again."""
    longest_first = sorted(replace, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(lambda found: replace[found[0]], text)


def _turned(model: Any, swap: _Swap, name: str) -> Any:
    try:
        return _replaced(model, swap)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"[rollback.drill] spoils {name}: {where}: {first['msg']}") from None


def _replaced(value: Any, swap: _Swap) -> Any:
    if isinstance(value, str):
        return swap(value)
    if isinstance(value, Secret):
        return value if value.text is not None else _remade(value, swap, set())
    if isinstance(value, Model):
        return _remade(value, swap, _KEPT)
    if isinstance(value, tuple):
        return tuple(_replaced(each, swap) for each in value)
    if hasattr(value, "items"):
        return {key: _replaced(each, swap) for key, each in value.items()}
    return value


def _remade(model: Model, swap: _Swap, kept: set[str]) -> Model:
    """The model with its texts replaced. What a preset gave it has become its own."""
    given = {name: getattr(model, name) for name in model.model_fields_set - {"preset", "fill"}}
    return type(model).model_validate(
        {name: one if name in kept else _replaced(one, swap) for name, one in given.items()}
    )


def _all_writes(deployment: Deployment) -> Iterator[tuple[_Place, str]]:
    """Every place where a procedure acts, and the step that does."""
    back: Rollback = deployment.rollback
    procedures = [back.steps, *(one.steps for one in back.procedures.values())]
    procedures += [one.steps for one in deployment.suspensions]
    for steps in procedures:
        for step in steps:
            place = _writes(step, deployment)
            if place is not None:
                yield place, step.id
    if deployment.traffic.switch is not None:
        yield _switched(deployment.traffic.switch), "[traffic.switch]"


def _writes(step: Step, deployment: Deployment) -> _Place | None:
    """Where a step acts; None for one that does nothing by itself."""
    switch = deployment.traffic.switch
    if step.kind == "traffic" and switch is not None:
        return _switched(switch)
    if step.url is not None:
        return _address(step.url)
    return None if step.argv is None else ("run", *step.argv)


def _switched(switch: Switch) -> _Place:
    if switch.kind == "haproxy":
        return (switch.socket, switch.backend)
    if switch.file is not None:
        return (posixpath.normpath(switch.file),)
    if switch.write is not None:
        return ("run", *switch.write)
    return _address(switch.url or "")


def _looks(step: Step, deployment: Deployment) -> _Place | None:
    """What shows a step's effect; None where nothing does, or where it acts is all that is known.

    Of one that is read by URL the query counts too: one store may know many agents.
    """
    switch = deployment.traffic.switch
    if step.kind == "traffic" and switch is not None:
        if switch.read is not None:
            return ("run", *switch.read)
        return (switch.read_url or switch.url, switch.path) if switch.url else None
    proof: ReadBack | None = step.read_back
    if proof is not None:
        return (proof.url, proof.path)
    return None if step.prove is None else ("run", *step.prove.argv)


def _address(url: str) -> _Place:
    """Where a request goes, whatever its query and the versions in its path."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    path = posixpath.normpath("/" + _HOLES.sub("{}", unquote(parts.path)).lstrip("/"))
    return (f"{parts.scheme}://{host}", parts.port or _PORTS.get(parts.scheme), path)


def _said(place: _Place) -> str:
    """A place in words."""
    if place[0] == "run":
        return " ".join(map(str, place[1:]))
    if len(place) == 3:
        origin, port, path = place
        return f"{origin}:{port}{path}"
    return ", ".join(str(part) for part in place if part is not None)
