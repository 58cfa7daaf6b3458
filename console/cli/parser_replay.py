"""The words of the command line for looking at the past."""

from console.cli.parser_keys import add_keys_file
from console.cli.parser_look import add_look
from console.cli.parser_rollout import Add


def add_replay(add: Add) -> None:
    """The replay."""
    replay = add("replay", "replay:replay", "the console on a past moment; nothing can be done")
    replay.add_argument(
        "--at",
        default="",
        metavar="T",
        help="where to begin: a time, #123, WRITER/123, first, last (the last gate's decision)",
    )
    replay.add_argument(
        "--speed", type=float, default=60.0, metavar="N", help="how fast it plays, 1 to 3600 (60)"
    )
    replay.add_argument(
        "--minutes",
        metavar="WRITER",
        default="",
        help="use the minutes that another machine recorded (warroom sync DIR --telemetry)",
    )
    add_look(replay)
    add_keys_file(replay)
