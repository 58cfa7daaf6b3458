"""A preset as it is put to use: TOML for `warroom.toml`, and below it what the preset says."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from config.presets import preset, preset_text, steps, switches
from config.tables import pairs
from config.template_feeds import FEEDS

_PLACE = ("url", "path", "listen", "query")
_SUCH_AS = re.compile(r"such as (\S+?)(?:,| or |$)")


def feed_paste(name: str) -> str:
    """A feed of the preset of that name. Raises `UnknownPreset`."""
    text, known = preset_text(name), preset(name)
    kind, example = known.kinds[0], known.example
    values: dict[str, Any] = {"kind": kind, "preset": name}
    for key in FEEDS[kind]:
        if key.name in _PLACE:
            values |= tomllib.loads(f"{key.name} = {key.example}")
    if example.url is not None:
        values["url"] = example.url
    if example.poll_s is not None:
        values["poll_s"] = example.poll_s
    values |= _headers(example.headers)
    others = f"# or: {', '.join(known.kinds[1:])}" if known.kinds[1:] else ""
    return _with(text, [f"[feeds.{name}]  {others}".rstrip(), *pairs(values)])


def switch_paste(name: str) -> str:
    """`[traffic.switch]` by the preset of that name, one of `switch_names`."""
    known = switches.switch_preset(name)
    lines = ["[traffic.switch]", *pairs({"preset": name, **_headers(known.headers)}), ""]
    return _with(switches.switch_text(name), [*lines, "[traffic.switch.fill]", *_fill(known.needs)])


def step_paste(name: str) -> str:
    """A step of `[[rollback.steps]]` by the preset of that name, one of `step_names`."""
    known = steps.step_preset(name)
    values = {"id": name, "preset": name, **_headers(known.headers)}
    lines = ["[[rollback.steps]]", *pairs(values), ""]
    return _with(steps.step_text(name), [*lines, "[rollback.steps.fill]", *_fill(known.needs)])


def _headers(wanted: Mapping[str, str]) -> dict[str, Any]:
    return {"headers": {name: {"env": env} for name, env in wanted.items()}} if wanted else {}


def _fill(needs: Mapping[str, str]) -> Iterator[str]:
    """A line for each hole: an example where its meaning gives one, else its name."""
    for name, says in needs.items():
        found = _SUCH_AS.search(says)
        (line,) = pairs({name: found[1] if found else name.upper()})
        yield f"{line}  # {says}"


def _with(text: str, lines: list[str]) -> str:
    """`lines` between the remarks at the head of a preset's text and the text as a remark."""
    rows = text.splitlines()
    head = next(n for n, row in enumerate(rows) if not row.startswith("#"))
    said = [f"# {row}".rstrip() for row in rows[head:]]
    below = "# What the preset says; a key of your own goes before it:"
    return "\n".join([*rows[:head], "", *lines, "", below, *said]) + "\n"
