"""What a tool is called in a record, where it is an object."""

from typing import Any

NAMED_BY = ("name", "tool", "tool_name", "toolName", "function", "function_name", "action")


def tool_name(item: dict[str, Any]) -> Any:
    """What a tool is called, as in `{"tool": "x"}` or `{"function": {"name": "x"}}`; or it."""
    if "name" in item:
        return item["name"]
    for key in NAMED_BY[1:]:
        held = item.get(key)
        if isinstance(held, dict):
            held = held.get("name")
        if held and isinstance(held, str):
            return held
    return item


def nameless(value: Any) -> list[dict[str, Any]]:
    """The objects of a list that say no name: as items they would go by all of their text."""
    listed = value if isinstance(value, list) else ()
    return [item for item in listed if isinstance(item, dict) and tool_name(item) is item]
