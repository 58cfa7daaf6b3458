"""The words of the command line for the phases and their gates (Guide 4)."""

import argparse
from collections.abc import Callable

from console.cli.parser_look import add_look

Add = Callable[..., argparse.ArgumentParser]


def add_who(command: argparse.ArgumentParser) -> None:
    """`--as NAME`."""
    command.add_argument(
        "--as", dest="who", metavar="NAME", default="", help="who you are (or WARROOM_AS)"
    )


def add_rollout(add: Add) -> None:
    """The commands of a rollout."""
    gate = add("gate", "rollout:gate", "the gate: what is met, what is missing")
    add_who(gate)
    gate.add_argument("--json", action="store_true", help="for programs")
    choice = gate.add_mutually_exclusive_group()
    choice.add_argument("--advance", action="store_true", help="go on, if everything is met")
    choice.add_argument("--hold", metavar="WHY", help="stay, and say why")

    traffic = add("traffic", "traffic:traffic", "where the traffic goes; set it again, or back")
    add_who(traffic)
    traffic.add_argument("--json", action="store_true", help="for programs")
    way = traffic.add_mutually_exclusive_group()
    way.add_argument("--set", action="store_true", help="set what was decided, unless it stands")
    way.add_argument("--back", action="store_true", help="back to the share of the attempt before")
    way.add_argument(
        "--though", action="store_true", help="as --set, also over what somebody else has set"
    )
    traffic.add_argument("--why", default="", help="why, in words")

    baseline = add("baseline", "rollout:baseline", "document what the existing process achieves")
    add_who(baseline)
    number = "; na where it does not apply"
    baseline.add_argument("--accuracy", required=True, help=f"a fraction, such as 0.93{number}")
    baseline.add_argument("--latency-p95", default="", help=f"seconds{number}")
    baseline.add_argument("--cost-per-call", default="", help=f"money{number}")
    baseline.add_argument("--source", default="", help="where the numbers come from")
    baseline.add_argument(
        "--from",
        dest="measured",
        default="",
        metavar="FILE|FEED",
        help="measure p95 and cost on the existing process's log, or on one of the feeds",
    )
    baseline.add_argument("--preset", default="", help="how the file is read (native)")

    brief = add("brief", "rollout:brief", "record that the BU Operations Lead was briefed")
    add_who(brief)
    brief.add_argument("text", nargs="?", help="what they were told; else what --show prints")
    brief.add_argument("--how", default="", help="how they were told: mail, call, meeting")
    brief.add_argument("--show", action="store_true", help="print the brief, record nothing")

    agree = add("agree", "rollout:agree", "agree to the advance that the other lead proposed")
    add_who(agree)
    agree.add_argument("why", nargs="?", default="", help="a remark")

    review = add("review", "review:review", "draw calls at random, see them, judge them")
    review.set_defaults(mixed=True)
    add_who(review)
    add_look(review)
    review.add_argument(
        "judgements",
        nargs="*",
        metavar="CALL=VERDICT",
        help="right, wrong, subtle or skip; behind a colon why, such as c1=skip:no output",
    )
    review.add_argument("--draw", type=int, metavar="N", help="draw N calls of this attempt")
    review.add_argument("--show", action="store_true", help="print the undecided ones' texts")
    review.add_argument("--json", action="store_true", help="for programs")

    users = add("satisfaction", "rollout:satisfaction", "record how the users take it")
    add_who(users)
    users.add_argument("verdict", choices=("positive", "neutral", "negative"))
    users.add_argument("why")
    users.add_argument("--on-behalf-of", default="", help="the BU Operations Lead, if a lead does")
