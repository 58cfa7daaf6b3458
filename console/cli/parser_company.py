"""The words of the command line for who is here."""

from console.cli.parser_rollout import Add, add_who


def add_company(add: Add) -> None:
    """The commands about the people in the room."""
    who = add("who", "company:who", "who has it open, in which role and since when")
    who.add_argument("--json", action="store_true", help="for programs")

    sync = add("sync", "sync:run", "this machine's lines to the others and theirs here")
    add_who(sync)
    sync.add_argument("--once", action="store_true", help="until both are in step, then stop")
    sync.add_argument(
        "--evidence", action="store_true", help="and fetch the evidence that is named and not here"
    )
    sync.add_argument(
        "--telemetry",
        action="store_true",
        help="and fetch the minutes that other machines recorded, kept apart from the own",
    )
    sync.add_argument(
        "--for",
        dest="within",
        default="",
        metavar="TIME",
        help="stop after this real time, such as 30s; with --once that is the default",
    )
