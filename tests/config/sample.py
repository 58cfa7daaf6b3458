"""The smallest `warroom.toml`, and a way to change it."""

SMALL = """\
version = 1
deployment = "9f2c4e5d6b7a8091"

[agent]
name = "claims-triage"
version = "v2.4.0"

[context]
exposure = "internal"

[[people]]
name = "rollback owner"
roles = ["rollback-owner"]

[feeds.calls]
kind = "jsonl"
path = "calls.jsonl"

[rollback]
owner = "rollback owner"
"""


def changed(old: str, new: str) -> str:
    """`SMALL` with one text put in place of another that it holds."""
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def longer(text: str) -> str:
    """`SMALL` with more at its end: line 23 onwards."""
    return f"{SMALL}\n\n{text}"
