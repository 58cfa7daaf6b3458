"""`warroom init`: a first `warroom.toml` for the person's own agent, from flags or questions."""

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from config.leaks import keys_in_query, query_words
from config.load import FILE_NAME, parse
from config.model import Deployment
from config.write import InitAnswers, initial, write_new
from console.cli.exits import DONE
from console.cli.say import on_terminal, say, wrapped
from console.room import OpenFailed


def init(args: Namespace) -> int:
    """`warroom init`. Nothing is written before the last answer."""
    if (args.dir / FILE_NAME).exists():
        raise OpenFailed(f"{args.dir / FILE_NAME} is there already; edit it, or name another place")
    asking = on_terminal()
    if not asking and not (args.name and args.context):
        raise OpenFailed(
            "--name and --context are needed where nobody can be asked "
            "(--context customer-facing or internal)"
        )
    if asking:
        _can_be_written(args.dir)
    try:
        answers = _asked(args) if asking else _given(args)
    except EOFError:
        raise OpenFailed("not every question was answered, so nothing was written") from None
    except KeyboardInterrupt:
        say("", "Nothing was written.")
        raise
    text = initial(answers)
    path = write_new(args.dir, text)
    say("", f"Wrote {path}.", "Still missing for a GO, to be written in it:")
    made = parse(text.encode())
    for place, why in _missing(made, args.dir):
        say(*wrapped(f"{place:18} {why}", " " * 19))
    for feed in made.feeds.values():
        if names := keys_in_query(feed.url or ""):
            say(*wrapped(f"! [feeds.{feed.id}]: {query_words(names)}"))
    place = quote(str(args.dir))
    say("Next: the doctor, and then the console:", f"  warroom check {place}")
    say(f'  warroom open {place} --as "{_lead(answers)}"')
    say("Before GO, what the process of today achieves, which the gates hold the agent against:")
    say(f"  warroom baseline {place} --accuracy 0.93 --from OLD_LOG")
    return DONE


def _can_be_written(directory: Path) -> None:
    """Say before all questions what would fail after them. Raises `OpenFailed`."""
    held = next(place for place in (directory, *directory.absolute().parents) if place.exists())
    if not held.is_dir():
        raise OpenFailed(f"{held} is a file; name another place")
    if not os.access(held, os.W_OK | os.X_OK):
        raise OpenFailed(f"{held} cannot be written by this account; name another place")


def _given(args: Namespace) -> InitAnswers:
    return InitAnswers(
        name=args.name,
        version=args.agent_version or "v1",
        exposure=args.context,
        platform=args.platform,
        stable_version=args.stable_version,
        logs=_log(args.logs, args.dir),
        prometheus=args.prometheus,
    )


def _log(given: str, directory: Path) -> str:
    """The log as the file names it: from the deployment's directory, or whole if it lies here."""
    here, there = Path(given).absolute(), directory / given
    return str(here) if given and here.is_file() and not there.exists() else given


def _asked(args: Namespace) -> InitAnswers:
    """Ask for what no flag gave."""
    with contextlib.suppress(ImportError):  # some builds of Python lack it
        import readline  # noqa: F401 - an answer can be edited as it is typed

    from console.cli.interview import interview

    return interview(args)


def _lead(answers: InitAnswers) -> str:
    return answers.people.get("agent-lead", "agent lead")


def _missing(deployment: Deployment, directory: Path) -> Iterator[tuple[str, str]]:
    """What a first file cannot know."""
    if not deployment.forecast.model_fields_set:
        yield "[forecast]", "cost per call, calls an hour: without it they have no limit"
    if not deployment.nfr.model_fields_set:
        yield "[nfr]", "the needs agreed with the BU: latency, availability, cost"
    if not deployment.rollback.steps:
        yield "[[rollback.steps]]", "how the stable version comes back; see: warroom presets"
    if deployment.invoke is None:
        yield "[invoke]", "how a synthetic input is sent: the logging and escalation probes need it"
    lost = [one.name for one in deployment.people if not (one.phone or one.notify)]
    if lost:
        yield "[[people]]", f"phone or notify of {', '.join(lost)}"
    for feed in deployment.feeds.values():
        path = directory / (feed.path or "")
        if feed.kind == "jsonl" and not path.exists():
            yield f"[feeds.{feed.id}]", f"no {path} yet: `path` is relative to {directory}"
