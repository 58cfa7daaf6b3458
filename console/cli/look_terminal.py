"""What the terminal can do, for the doctor: each ability in a sentence, with what to do."""

import os
import sys
from collections.abc import Iterator, Mapping

from console.room.finding import Finding

LEAST = (80, 24)


def look_at_terminal(env: Mapping[str, str]) -> Iterator[Finding]:
    """The terminal that the standard output is, by its size and the environment `env`."""
    if not sys.stdout.isatty():
        why = "the output is no terminal: run this in the one that you will use"
        yield Finding("terminal", "kind", "ok", why)
        return
    term = env.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        why = f"TERM is {term or 'not set'}: use a terminal such as xterm-256color"
        yield Finding("terminal", "kind", "warn", why)
    else:
        yield Finding("terminal", "kind", "ok", f"TERM is {term}")
    yield _size()
    yield _colours(env, term)
    yield _letters(env)
    yield _clipboard(env, term)


def _size() -> Finding:
    width, height = os.get_terminal_size(sys.stdout.fileno())
    said = f"{width}x{height}"
    if width < LEAST[0] or height < LEAST[1]:
        why = f"{said}: less is shown than at {LEAST[0]}x{LEAST[1]}; enlarge the window"
        return Finding("terminal", "size", "warn", why)
    return Finding("terminal", "size", "ok", said)


def _colours(env: Mapping[str, str], term: str) -> Finding:
    if env.get("NO_COLOR"):
        return Finding("terminal", "colours", "ok", "none, by NO_COLOR")
    if env.get("COLORTERM") in {"truecolor", "24bit"} or term.endswith("-direct"):
        return Finding("terminal", "colours", "ok", "all")
    if "256color" in term:
        said = "256; if it has all of them: export COLORTERM=truecolor"
        return Finding("terminal", "colours", "ok", said)
    why = "16 at most, by TERM; if it has more: export TERM=xterm-256color"
    return Finding("terminal", "colours", "warn", why)


def _letters(env: Mapping[str, str]) -> Finding:
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    name = next((name for name in names if env.get(name)), "LANG")
    locale = env.get(name, "")
    if locale.lower().replace("-", "").partition(".")[2].startswith("utf8"):
        return Finding("terminal", "letters", "ok", f"UTF-8, by {name}")
    said = f"{name} is {locale or 'not set'}, which is no UTF-8"
    why = f"{said}: glyphs may not be drawn; export {name}=C.UTF-8"
    return Finding("terminal", "letters", "warn", why)


def _clipboard(env: Mapping[str, str], term: str) -> Finding:
    """Whether a copy arrives cannot be asked: no terminal answers to OSC 52."""
    if env.get("TMUX"):
        remedy = "in tmux it needs: set -g set-clipboard on"
    elif term.startswith("screen"):
        remedy = "GNU screen keeps it to itself: copy to a file instead"
    else:
        remedy = "if a copy does not arrive, allow it in the terminal's settings"
    return Finding("terminal", "clipboard", "ok", f"OSC 52, which nobody can ask for; {remedy}")
