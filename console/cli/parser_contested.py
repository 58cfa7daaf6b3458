"""The words of the command line for contested decisions."""

from console.cli.parser_rollout import Add, add_who


def add_contested(add: Add) -> None:
    """What two decided without knowing of each other."""
    command = add(
        "contested",
        "contested:contested",
        "decisions that two took unknown to each other; see to one",
    )
    add_who(command)
    choice = command.add_mutually_exclusive_group()
    choice.add_argument("--json", action="store_true", help="for programs")
    choice.add_argument(
        "--acknowledge",
        nargs="?",
        const="",
        metavar="ID",
        help="say that what stands is known; without ID the only one that waits",
    )
    command.add_argument("--remark", default="", help="what was agreed")
