"""`warroom journal sign` and `anchor`: where the journal stands, for others to hold on to."""

import os
import secrets
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from config.load import ConfigError, load
from console.clean import clean
from console.cli.exits import CORRUPT, DONE, REFUSED
from console.cli.report import check_output
from console.cli.say import say
from console.clock import SystemClock
from console.domain.times import stamp
from console.journal import Corrupt, Unwritable
from console.journal.heads import ANCHOR, Anchor, parse_anchors, statement
from console.journal.heads import anchor as line_of
from console.journal.held import Held, heads_of, held
from console.journal.home import check_deployment, default_home
from console.journal.mail import words_of
from console.journal.signing import SigningError
from console.journal.signing import sign as sign_text
from console.journal.verify import Report
from console.journal.verify import verify as verify_files
from console.room import OpenFailed

MOST_LINE = 1 << 20
MOST_MAIL = 1 << 25
REPORTS = "reports"
# What it means for the exit code that a known state is not in the journal.
CODES = {"held": DONE, "changed": CORRUPT, "shorter": CORRUPT, "damaged": CORRUPT}


def sign(args: Namespace) -> int:
    """`warroom journal sign`: 0 once signed, 4 if the journal does not verify."""
    key = args.key or _configured_key(args.dir)
    report = whole(args.dir)
    now = SystemClock().now()
    heads = heads_of(report, now)
    try:
        text = statement(heads)
        signature = sign_text(text.encode(), key)
    except (ValueError, SigningError) as error:
        raise OpenFailed(str(error)) from None
    file = args.output or args.dir / REPORTS / f"heads-{stamp(now)}Z.txt"
    beside = file.with_name(f"{file.name}.sig")
    for path in (file, beside):
        check_output(path, args.dir)
    if args.output is None:
        with suppress(FileExistsError):
            file.parent.mkdir()
    _write_both(file, text, beside, signature)
    ends = ", ".join(f"entry {mark.seq} of {name}" for name, mark in sorted(heads.marks.items()))
    say(
        f"Signed, up to {ends}: {file}",
        f"The signature: {beside}",
        f"Check it: warroom journal verify {args.dir}"
        + (f" --signature {beside}" if args.output is not None else ""),
        'Without this product: ssh-keygen -Y verify -f allowed_signers -I "NAME" '
        f'-n warroom -s "{beside}" < "{file}"',
    )
    return DONE


def anchor(args: Namespace) -> int:
    """`warroom journal anchor`: 0 once printed, or if all that is asked for is still there.

    4 where it is not, 1 where that cannot be said: a writer's file or the deployment is another.
    """
    if args.anchors:
        return _check(args)
    try:
        say(line_of(heads_of(whole(args.dir), SystemClock().now())))
    except ValueError as error:
        raise OpenFailed(str(error)) from None
    return DONE


def _check(args: Namespace) -> int:
    asked = anchors_of(args.anchors)
    report = verified(args.dir)
    found = [(one, held(report, one)) for one in asked]
    for one, answer in found:
        say(sentence(one, answer))
    return max(CODES.get(answer.state, REFUSED) for _, answer in found)


def sentence(one: Anchor, answer: Held) -> str:
    """What became of an anchored state."""
    what = f"the {one.entries} entries anchored at {one.at}"
    if answer.state != "held":
        return f"✗ NO: {what} are not in this journal: {clean(answer.why, 400)}"
    since = ", ".join(f"{count} by {name}" for name, count in sorted(answer.added.items()))
    return f"✓ {what} are all still there, unchanged; added since: {since or 'nothing'}"


def anchors_of(texts: Sequence[str]) -> list[Anchor]:
    """The anchors that somebody names, has in a file such as a mail, or pipes in as `-`."""
    found: list[Anchor] = []
    for text in texts:
        try:
            found += [one for one in parse_anchors(_words(text)) if one not in found]
        except ValueError as error:
            raise OpenFailed(str(error)) from None
    return found


def _words(text: str) -> str:
    if text == "-":
        return words_of(sys.stdin.buffer.read(MOST_MAIL))
    if ANCHOR in text:
        return text
    if not os.path.exists(text):  # noqa: PTH110 -- a long text is no path, and no error
        raise OpenFailed(
            f'"{text[:100]}" is no file, and there is no anchor in it: a line that begins with '
            f"{ANCHOR};"
        )
    try:
        with os.fdopen(os.open(text, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            return words_of(stream.read(MOST_MAIL))
    except OSError as error:
        raise OpenFailed(f"{text} cannot be read: {error.strerror}") from None


def deployment_of(directory: Path) -> str:
    """The deployment's id, by the first line of a journal that can be read; empty without one."""
    if not directory.is_dir():
        raise OpenFailed(f"{directory} is not a directory; name the deployment's directory")
    for file in sorted((directory / "journal").glob("*.jsonl")):
        if not file.is_file():
            continue  # a pipe would be waited for; who verifies says what it is
        with suppress(OSError, ValueError, KeyError, TypeError), file.open("rb") as stream:
            deployment = str(msgspec.json.decode(stream.readline(MOST_LINE))["deployment"])
            check_deployment(deployment)
            return deployment
    return ""


def verified(directory: Path) -> Report:
    """What verifies of the journal in `directory`, held against what this account remembers."""
    deployment = deployment_of(directory)
    return verify_files(directory, default_home(deployment) if deployment else None)


def whole(directory: Path) -> Report:
    """The same of a journal that is whole, else `Corrupt`, and no redacted copy."""
    report = verified(directory)
    for one in report.writers:
        if not one.ok:
            raise Corrupt(one.file, one.line, one.offset, one.problem)
    if report.redacted:
        raise OpenFailed(
            f"{directory} is a redacted copy: sign or anchor the original, or check this one "
            "against the original's anchor"
        )
    return report


def why_no_config(directory: Path) -> str:
    """Why a redacted copy has no `warroom.toml`, and what it is for; of anything else ""."""
    with suppress(OpenFailed, Unwritable):
        if verified(directory).redacted:
            return (
                f"{directory} is a redacted copy, made to be handed on without its warroom.toml; "
                f"it can be verified (warroom journal verify {directory}), but not opened"
            )
    return ""


def allowed_signers(directory: Path) -> Path | None:
    """The file of allowed signers that the deployment's config names, if it can be read."""
    with suppress(ConfigError):
        loaded = load(directory)
        if (path := loaded.deployment.signing.allowed_signers) is not None:
            return loaded.directory / Path(path).expanduser()
    return None


def _configured_key(directory: Path) -> Path:
    loaded = load(directory)
    if (key := loaded.deployment.signing.key) is None:
        raise OpenFailed(
            'no key to sign with: give --key FILE, or write key = "~/.ssh/id_ed25519" under '
            "[signing] in warroom.toml"
        )
    return loaded.directory / Path(key).expanduser()


def _write_both(file: Path, text: str, beside: Path, signature: str) -> None:
    """Write statement and signature, each whole; nothing that is there is written over."""
    made: list[Path] = []
    try:
        for path, content in ((beside, signature), (file, text)):
            scratch = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
            try:
                with scratch.open("x", encoding="ascii") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                os.link(scratch, path)
            finally:
                with suppress(OSError):
                    scratch.unlink()
            made.append(path)
    except FileExistsError:
        _remove(made)
        raise OpenFailed(f"{path} is there already, and nothing is written over it") from None
    except OSError as error:
        _remove(made)
        raise OpenFailed(f"{path} cannot be written: {error.strerror}") from None


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
