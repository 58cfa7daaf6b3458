"""The words of the command line for backtests."""

import argparse

from console.cli.parser_rollout import Add

_SET = """\
another threshold, side by side with those in force; each --set is a variant of its own:
error-rate.limit=0.02, several changes at once error-rate.limit=0.02,trigger.error-rate.limit=0.04,
or a range error-rate.limit=0.01..0.05/0.01; a fraction may be a percentage, error-rate.limit=2%%"""


def add_backtest(add: Add) -> None:
    """The rules over a past log."""
    backtest: argparse.ArgumentParser = add(
        "backtest", "backtest:backtest", "what the rules, triggers and gates would have done"
    )
    backtest.add_argument(
        "log",
        nargs="?",
        metavar="LOGFILE",
        help="JSON lines of calls, also .gz; without it, what the console has recorded",
    )
    backtest.add_argument("--feed", default="", metavar="ID", help="the feed whose map reads it")
    backtest.add_argument(
        "--share",
        type=int,
        default=100,
        metavar="N",
        help="the share of all traffic that the log is of, in percent (default 100): limits on "
        "traffic and spend scale with it",
    )
    backtest.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=_SET)
    backtest.add_argument("--json", action="store_true", help="for programs")
