"""Questions on a terminal: why it is asked, a default in brackets, an answer checked as typed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from config.nearest import nearest, suggestion
from console.clean import clean
from console.cli.say import say, wrapped

T = TypeVar("T")


class Wrong(ValueError):
    """An answer that will not do; the text says why, in a sentence."""


def ask(question: str, read: Callable[[str], T], *, why: str = "", default: str = "") -> T:
    """What `read` makes of the answer; an empty one is `default`, and asked again if `Wrong`.

    Raises `EOFError` where the input ends.
    """
    if why:
        say("", *(line for text in why.splitlines() for line in wrapped(text, "")))
    shown = f" [{clean(default, 100)}]" if default else ""
    while True:
        answer = input(f"{question}{shown}: ").strip() or default
        try:
            return read(answer)
        except Wrong as wrong:
            say(*wrapped(str(wrong)))


def text(answer: str) -> str:
    """Any answer; `none` is none."""
    return "" if answer.lower() == "none" else answer


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    """Reads one of `choices`, or the beginning of only one."""

    def read(answer: str) -> str:
        begun = [one for one in choices if one.startswith(answer.lower())] if answer else []
        if answer.lower() in choices:
            return answer.lower()
        if len(begun) == 1:
            return begun[0]
        raise Wrong(f'"{answer}" is none of them{suggestion(answer, choices)}')

    return read


def some_of(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads any of `choices`, with commas between."""

    def read(answer: str) -> list[str]:
        words = [word.strip() for word in text(answer).replace("-", "_").split(",")]
        return [one_of(choices)(word) for word in words if word]

    return read


def near(name: str, known: Sequence[str]) -> str:
    """The end of a refusal where the list of what is known is shown already."""
    found = nearest(name, known)
    return f'; did you mean "{found}"?' if found else ""
