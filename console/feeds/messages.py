"""What was asked and answered, from the attributes and events of a span that capture it."""

from collections.abc import Mapping
from typing import Any

import msgspec

_INPUT_KEYS = ("input.value", "gen_ai.prompt", "traceloop.entity.input")
_OUTPUT_KEYS = ("output.value", "gen_ai.completion", "traceloop.entity.output")
_DETAILS = "gen_ai.client.inference.operation.details"
MOST_INDEXED = 200


def input_of(span: Mapping[str, Any]) -> str:
    """What a span was asked: its last message of a user, else its plain input; "" if uncaptured."""
    return _text_of(
        span,
        messages=("gen_ai.input.messages", "llm.input_messages"),
        indexed=("gen_ai.prompt", "llm.input_messages"),
        events=("gen_ai.user.message", "gen_ai.content.prompt"),
        plain=_INPUT_KEYS,
        role="user",
    )


def output_of(span: Mapping[str, Any]) -> str:
    """What a span answered: its last message, else its plain output; "" if uncaptured."""
    return _text_of(
        span,
        messages=("gen_ai.output.messages", "llm.output_messages"),
        indexed=("gen_ai.completion", "llm.output_messages"),
        events=("gen_ai.choice", "gen_ai.content.completion"),
        plain=_OUTPUT_KEYS,
        role="",
    )


def _text_of(
    span: Mapping[str, Any],
    *,
    messages: tuple[str, ...],
    indexed: tuple[str, ...],
    events: tuple[str, ...],
    plain: tuple[str, ...],
    role: str,
) -> str:
    attributes = span["attributes"]
    for key in messages:
        if key in attributes and (said := last_text(attributes[key], role)):
            return said
    for event in reversed(span["events"]):
        held = event["attributes"]
        if event["name"] == _DETAILS and messages[0] in held:
            return last_text(held[messages[0]], role)
        if event["name"] in events:
            keys = ("content", "message.content", "message", "gen_ai.prompt", "gen_ai.completion")
            if said := next((last_text(held[key], "") for key in keys if key in held), ""):
                return said
    for key in plain:
        if key in attributes and (said := last_text(attributes[key], role)):
            return said
    for key in indexed:
        if said := _indexed(attributes, key, role):
            return said
    return ""


def _indexed(attributes: Mapping[str, Any], key: str, role: str) -> str:
    """The last text of messages that are numbered: `llm.input_messages.0.message.content`."""
    said = fallback = ""
    for number in range(MOST_INDEXED):
        found = False
        for middle in ("", "message."):
            content = attributes.get(f"{key}.{number}.{middle}content")
            speaker = attributes.get(f"{key}.{number}.{middle}role")
            if content is None and speaker is None:
                continue
            found = True
            text = _plain(content)
            fallback = text or fallback
            if text and speaker == role:
                said = text
        if not found:
            break
    return said or fallback


def last_text(value: Any, role: str) -> str:
    """The text of the last message of `role` in `value`, else of the last one that has any.

    `value` is a list of messages, the same as JSON, or plain text.
    """
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return value
        try:
            decoded = msgspec.json.decode(value)
        except (ValueError, RecursionError):  # cut off, or no JSON after all: it is the text
            return value
        return last_text(decoded, role) or value
    if not isinstance(value, list):
        return _plain(value)
    told = [(one, _plain(one)) for one in value]
    spoken = [text for one, text in told if text and isinstance(one, dict) and _role(one) == role]
    return (spoken or [text for _, text in told if text] or [""])[-1]


def _role(message: Mapping[str, Any]) -> object:
    inner = message.get("message")
    return message.get("role") or (inner.get("role") if isinstance(inner, dict) else None)


def _plain(value: Any, depth: int = 0) -> str:
    """The text in a message, whatever form it has; tool calls and images are none."""
    if isinstance(value, str):
        return value
    if depth > 5:
        return ""
    if isinstance(value, list):
        texts = [_plain(one, depth + 1) for one in value]
        return "\n".join(text for text in texts if text)
    if isinstance(value, dict):
        if value.get("type") not in (None, "text", "message", "output_text", "input_text"):
            return ""
        for key in ("content", "text", "parts", "message", "message.content"):
            if key in value:
                return _plain(value[key], depth + 1)
    return ""
