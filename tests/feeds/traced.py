"""Neutral spans as an agent's day gives them."""

from typing import Any

TRACE = "0af7651916cd43dd8448eb211c80319c"
NS = 1_000_000_000
START = 1_796_083_200 * NS  # 2026-12-01T00:00:00Z


def span(number: int, parent: int = 0, *, trace: str = TRACE, **more: Any) -> dict[str, Any]:
    """Span `number` of a trace, a second after the one before; `parent` 0 is none."""
    attributes = {key.replace("__", "."): more.pop(key) for key in list(more) if "__" in key}
    return {
        "trace_id": trace,
        "span_id": f"{number:016x}",
        "parent_id": f"{parent:016x}" if parent else "",
        "name": f"span {number}",
        "kind": "internal",
        "start": START + number * NS,
        "end": START + (number + 1) * NS,
        "status": "unset",
        "status_message": "",
        "attributes": attributes,
        "events": [],
        "resource": {"service.version": "v2.4.0"},
        "remote": None,
        **more,
    }


def agent(number: int = 1, parent: int = 0, **more: Any) -> dict[str, Any]:
    """The span of an agent."""
    return span(number, parent, **{"gen_ai__operation__name": "invoke_agent", **more})


def model(number: int, parent: int = 1, into: int = 100, out: int = 10, **more: Any) -> Any:
    """The span of a model call."""
    said = {
        "gen_ai__operation__name": "chat",
        "gen_ai__request__model": "small-1",
        "gen_ai__usage__input_tokens": into,
        "gen_ai__usage__output_tokens": out,
    }
    return span(number, parent, **{**said, **more})


def tool(number: int, parent: int = 1, name: str = "look-up", **more: Any) -> dict[str, Any]:
    """The span of a tool call."""
    said = {"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": name}
    return span(number, parent, **{**said, **more})


def event(name: str, **attributes: Any) -> dict[str, Any]:
    """An event on a span; `__` in a name stands for a dot."""
    told = {key.replace("__", "."): value for key, value in attributes.items()}
    return {"name": name, "at": START, "attributes": told}


def evaluation(name: str, label: str = "", score: float | None = None) -> dict[str, Any]:
    """What an evaluator said."""
    told: dict[str, Any] = {"gen_ai__evaluation__name": name}
    if label:
        told["gen_ai__evaluation__score__label"] = label
    if score is not None:
        told["gen_ai__evaluation__score__value"] = score
    return event("gen_ai.evaluation.result", **told)
