"""The words of the command line for the first 48 hours (Guide 6)."""

from console.cli.parser_rollout import Add, add_who


def add_window(add: Add) -> None:
    """The commands of the window."""
    checkin = add("checkin", "window:checkin", "check in: you have looked")
    add_who(checkin)
    what = checkin.add_mutually_exclusive_group(required=True)
    what.add_argument("remark", nargs="?", help="what you saw")
    what.add_argument(
        "--since", action="store_true", help="print what changed since your last one instead"
    )

    handover = add("handover", "window:handover", "hand the watch over to another lead, or take it")
    add_who(handover)
    way = handover.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", metavar="NAME", default="", help="who has the watch next")
    way.add_argument("--take", action="store_true", help="take it: handed to you, or left alone")
    handover.add_argument("--remark", default="", help="what they should know, for --to")

    assess = add("assess", "window:assess", "what the 48 hours amount to; say so")
    add_who(assess)
    assess.add_argument("--json", action="store_true", help="for programs")
    assess.add_argument(
        "--status", choices=("stable", "monitored", "rolled-back"), help="decide it is so"
    )
    assess.add_argument("--why", default="", help="why, in words")
    assess.add_argument(
        "--admit",
        action="append",
        default=[],
        metavar="ID",
        help="a caveat that you name; stable takes every one that stands",
    )
    assess.add_argument(
        "--limitation", action="append", default=[], metavar="TEXT", help="a known limitation"
    )

    limitation = add("limitation", "window:limitation", "note a known limitation")
    add_who(limitation)
    limitation.add_argument("text", help="on which inputs it does not do what it should")
    limitation.add_argument(
        "--call", action="append", default=[], metavar="ID", help="a call that shows it"
    )
