"""`warroom init`: a first `warroom.toml` for the person's own agent, from flags or questions."""

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Literal, cast

from config.load import FILE_NAME
from config.write import InitAnswers, initial, write_new
from console.cli.say import say
from console.room import OpenFailed

Exposure = Literal["customer-facing", "internal"]


def init(args: Namespace) -> int:
    """`warroom init`."""
    if (args.dir / FILE_NAME).exists():
        raise OpenFailed(f"{args.dir / FILE_NAME} is there already; edit it, or name another place")
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    if not asking and not (args.name and args.context):
        raise OpenFailed(
            "--name and --context are needed where nobody can be asked "
            "(--context customer-facing or internal)"
        )
    try:
        answers = _asked(args) if asking else _given(args)
    except EOFError:
        raise OpenFailed("not every question was answered, so nothing was written") from None
    path = write_new(args.dir, initial(answers))
    say(f"Wrote {path}. Next: read it, write [forecast] and [[rollback.steps]] in it, then:")
    say(f'  warroom open {args.dir} --as "agent lead"')
    return 0


def _given(args: Namespace) -> InitAnswers:
    return InitAnswers(
        name=args.name,
        version=args.agent_version or "v1",
        exposure=args.context,
        platform=args.platform,
        stable_version=args.stable_version,
        logs=args.logs,
        prometheus=args.prometheus,
    )


def _asked(args: Namespace) -> InitAnswers:
    """Ask for what no flag gave; an empty answer takes what stands in brackets."""

    def ask(given: str, question: str, default: str = "") -> str:
        if given:
            return given
        shown = f" [{default}]" if default else ""
        return input(f"{question}{shown}: ").strip() or default

    say("A few questions; everything can be changed in the file later.")
    name = _until(lambda: ask(args.name, "The agent's name"), bool, "it needs a name")
    kinds = ("customer-facing", "internal")
    exposure = _until(
        lambda: ask(args.context or "", "Does it serve customers? customer-facing or internal"),
        lambda text: text in kinds,
        "write customer-facing or internal",
    )
    return InitAnswers(
        name=name,
        version=ask(args.agent_version, "The version (config tag) that goes live", "v1"),
        stable_version=ask(args.stable_version, "The version a rollback restores (none: empty)"),
        exposure=cast("Exposure", exposure),
        platform=ask(args.platform, "What it runs on, such as n8n or your own Python"),
        logs=ask(args.logs, "Its call log as JSON lines, a file or a URL (none: empty)"),
        prometheus=ask(args.prometheus, "The URL of a Prometheus that measures it (none: empty)"),
    )


def _until(ask: Callable[[], str], good: Callable[[str], bool], why: str) -> str:
    while not good(answer := ask()):
        say(why)
    return answer
