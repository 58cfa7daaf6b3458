"""The words of the command line for the journal: what it holds, and why it can be believed."""

import argparse
from pathlib import Path
from typing import Any


def add_journal(commands: Any) -> None:
    """`warroom journal`. `commands` are the top-level ones."""
    text = "show, verify, sign, anchor, export or import the journal"
    journal = commands.add_parser("journal", help=text, description=text.capitalize() + ".")
    kinds = journal.add_subparsers(title="commands", metavar="COMMAND", required=True)

    show = _kind(kinds, "show", "journal:show", "the entries, the latest last")
    show.add_argument("--last", type=int, default=0, metavar="N", help="only the last N")
    show.add_argument("--filter", default="", help="only entries that hold this text")

    verify = _kind(kinds, "verify", "verify:verify", "check every line, signatures and anchors")
    verify.add_argument(
        "--signature",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.sig",
        help="beside those in reports/; the statement lies beside it, without the .sig",
    )
    _anchors(verify, "--anchor")
    verify.add_argument(
        "--allowed-signers",
        type=Path,
        metavar="FILE",
        help="whose signatures count; else signing.allowed_signers of warroom.toml",
    )
    verify.add_argument("--json", action="store_true", help="for programs")

    sign = _kind(kinds, "sign", "trust:sign", "sign where the journal stands, with an SSH key")
    sign.add_argument("--key", type=Path, help="an Ed25519 key; else signing.key of warroom.toml")
    sign.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="where the statement goes, its signature beside it as FILE.sig; else into reports/",
    )

    anchor = _kind(kinds, "anchor", "trust:anchor", "where it stands, in one line to paste")
    _anchors(anchor, "--check")

    export = _kind(kinds, "export", "journal:export", "the entries in another form")
    export.add_argument("--format", choices=("jsonl", "csv", "md", "archive"), default="jsonl")
    export.add_argument("--output", type=Path, help="a file; the default is the standard output")
    export.add_argument(
        "--redact",
        default="",
        metavar="names,evidence",
        help="people's names, or the words of evidence, are taken out; hashes and links stay",
    )
    export.add_argument(
        "--with-evidence",
        action="store_true",
        help="an archive holds the evidence files too, not only the list of them",
    )

    text = "take other machines' entries, each writer's chain verified"
    taken = _kind(kinds, "import", "journal_import:run", text)
    taken.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="an export as JSON lines, an archive, a writer's file, a directory, or - for stdin",
    )


def _kind(kinds: Any, name: str, run: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = kinds.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + "."
    )
    command.set_defaults(run=run)
    what = "the deployment's directory"
    if name == "verify":
        what += ", an unpacked archive's, or a file of lines that was exported"
    command.add_argument("dir", metavar="DIR", type=Path, help=what)
    return command


def _anchors(command: argparse.ArgumentParser, option: str) -> None:
    command.add_argument(
        option,
        action="append",
        default=[],
        metavar="LINE",
        dest="anchors",
        help="is the state of this anchor still in it? Or a file, such as a mail, or - for stdin",
    )
