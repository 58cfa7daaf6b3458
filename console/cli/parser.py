"""The words of the command line: one table of commands, their arguments and their help."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from console.cli.exits import DONE, USAGE
from console.cli.parser_around import add_around, add_schema
from console.cli.parser_backtest import add_backtest
from console.cli.parser_company import add_company
from console.cli.parser_contested import add_contested
from console.cli.parser_escalation import add_escalations
from console.cli.parser_incident import add_export, add_incidents
from console.cli.parser_journal import add_journal
from console.cli.parser_keys import add_keys, add_keys_file
from console.cli.parser_look import add_look
from console.cli.parser_replay import add_replay
from console.cli.parser_report import add_report
from console.cli.parser_rollout import Add, add_rollout, add_who
from console.cli.parser_serve import add_serve
from console.cli.parser_window import add_window


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence.

    One with the default `mixed` takes arguments that may be none also behind its options.
    """

    _parting = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """See `argparse`, which else takes none where the first option comes.

        It would also take the time in `--at -2h` for an option, and send who gave one argument
        too many to the help of all commands.
        """
        args = _joined(sys.argv[1:] if args is None else args)
        if self._parting:
            return super().parse_known_args(args, namespace)
        said, more = self._parted(args, namespace)
        if more and self._subparsers is None:
            self.error(f"unrecognized arguments: {' '.join(more)}")
        return said, more

    def _parted(self, args: Sequence[str], namespace: Any) -> Any:
        if not self.get_default("mixed"):
            return super().parse_known_args(args, namespace)
        self._parting = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._parting = False

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """A command that nobody knows was misspelt, or is not there: in a short sentence."""
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            from config.nearest import nearest

            near = nearest(str(value), action.choices)
            meant = f' (did you mean "{near}"?)' if near else ""
            raise argparse.ArgumentError(None, f'there is no command "{value}"{meant}')
        super()._check_value(action, value)

    def format_help(self) -> str:
        """The manual's page."""
        from console.cli.manual import help_of

        return help_of(self)

    def error(self, message: str) -> None:  # type: ignore[override] # argparse never returns here
        self.exit(USAGE, f"warroom: {message}; see: {self.prog} --help\n")


def _joined(args: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for arg in args:
        if joined and joined[-1] == "--at" and arg[:1] == "-" and arg[1:2].isdigit():
            joined[-1] = f"--at={arg}"
        else:
            joined.append(arg)
    return joined


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs 60 ms."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        from console.cli.say import say

        say(f"warroom {version('warroom')}")
        parser.exit(DONE)


def build_parser() -> argparse.ArgumentParser:
    """The parser; a parsed command line carries `run`, the place of its function."""
    parser = _Parser(
        prog="warroom",
        description="A terminal console for the hours in which an AI agent goes live.",
    )
    parser.set_defaults(run="several:alone")
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, run: str, text: str, *, directory: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.set_defaults(run=run)
        if directory:
            command.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
        return command

    _live(add)
    _connect(add)
    add_keys(add)
    _look(add)
    add_rollout(add)
    add_contested(add)
    add_window(add)
    add_replay(add)
    add_serve(add)
    _deeds(add)
    add_incidents(add)
    add_export(commands)
    add_journal(commands)
    _config(commands)
    add_escalations(add, commands)
    add_company(add)
    add_backtest(add)
    add_around(add)
    return parser


PHASES = ("dark-launch", "shadow", "canary", "full")
STAGES = ("readiness", "dark-launch", "shadow", "canary", "full", "window")


def _live(add: Add) -> None:
    demo = add("demo", "live:demo", "a simulated agent and the console on it", directory=False)
    demo.add_argument("--dir", type=Path, help="keep the deployment here and go on with it later")
    demo.add_argument(
        "--scenario",
        default=None,
        help="healthy, errors, escalations, outage, latency, cost, traffic, silence, safety, drift",
    )
    demo.add_argument("--stage", choices=STAGES, help="where to begin (window)")
    demo.add_argument("--seed", type=int, default=None, help="another, repeatable course of events")
    demo.add_argument("--speed", type=float, default=None, help="how fast its time runs (60)")
    demo.add_argument("--headless", action="store_true", help="the same loop without a screen")
    demo.add_argument("--for", dest="how_long", default="", help="stop after this real time: 30s")
    add_look(demo)
    add_keys_file(demo)

    init = add("init", "setup:init", "write a deployment for your own agent")
    init.add_argument("--name", default="", help="the agent's name")
    init.add_argument("--agent-version", default="", help="the config tag that goes live")
    init.add_argument("--stable-version", default="", help="what a rollback restores")
    init.add_argument(
        "--context", choices=("customer-facing", "internal"), help="who the agent serves"
    )
    init.add_argument("--logs", default="", help="JSON lines of its calls: a file or a URL")
    init.add_argument("--prometheus", default="", help="the URL of a Prometheus that knows it")
    init.add_argument("--platform", default="", help="what it runs on, such as n8n")

    opened = add("open", "live:open_console", "the console", directory=False)
    which = "the deployment's directory, or one that holds some; without: where you are"
    opened.add_argument("dir", metavar="DIR", type=Path, nargs="?", default=Path(), help=which)
    add_who(opened)
    opened.add_argument("--read-only", action="store_true", help="look, and change nothing")
    opened.add_argument("--offline", action="store_true", help="ask no endpoint")
    add_look(opened)
    add_keys_file(opened)

    watch = add("watch", "live:watch", "the same loop without a screen")
    watch.add_argument("--for", dest="how_long", default="", help="stop after this real time: 30s")

    rollback = add("rollback", "rollback:rollback", "go back to the stable version")
    add_who(rollback)
    rollback.add_argument(
        "--trigger", default="owner-judgement", help="why, by its id (default owner-judgement)"
    )
    rollback.add_argument("--why", default="", help="why, in words; may be given later")
    rollback.add_argument(
        "--call", action="append", default=[], metavar="ID", help="a call that it is about"
    )
    rollback.add_argument("--fire", action="store_true", help="do it; without this, only show it")
    rollback.add_argument(
        "--resume", action="store_true", help="go on with one whose process is gone"
    )
    rollback.add_argument("--follow", action="store_true", help="follow the one that runs")
    rollback.add_argument(
        "--answer", default="", metavar="STEP=done", help="answer it: done, again or not-done"
    )
    rollback.add_argument("--json", action="store_true", help="print the run as JSON")

    drill = add("drill", "drill:drill", "rehearse the rollback on the drill target, timed")
    add_who(drill)
    drill.add_argument("--phase", choices=PHASES, default="full", help="whose way back (full)")
    drill.add_argument(
        "--dry-run", action="store_true", help="only read production back: no evidence of anything"
    )
    drill.add_argument("--json", action="store_true", help="for programs")

    suspend = add("suspend", "rollback:suspend", "take a tool, or the agent, out of use")
    suspend.add_argument("suspension", nargs="?", default="", help="its id; without: list them")
    add_who(suspend)
    suspend.add_argument("--why", default="", help="why, in words")
    suspend.add_argument("--fire", action="store_true", help="do it; without this, only show it")
    suspend.add_argument("--follow", action="store_true", help="follow the one that runs")
    suspend.add_argument(
        "--answer", default="", metavar="STEP=done", help="answer it: done, again or not-done"
    )
    suspend.add_argument("--json", action="store_true", help="print the run as JSON")


def _connect(add: Add) -> None:
    text = "how a log is read: what is found, what is missing, what to write into warroom.toml"
    fields = add("fields", "fields:fields", text, directory=False)
    fields.add_argument("source", metavar="FILE|URL", help="JSON lines, a list, or an API's answer")
    fields.add_argument("--preset", default="", metavar="NAME", help="try this one alone")
    fields.add_argument("--kind", default=None, help="the kind of feed it is meant for")
    fields.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME=VARIABLE",
        help="a header to send, and the environment variable that holds its value",
    )
    fields.add_argument("--json", action="store_true", help="for programs")

    presets = add("presets", "presets:presets", "the vendors' presets, or one", directory=False)
    presets.add_argument("name", nargs="?", default="", help="print this one as TOML")
    presets.add_argument("--json", action="store_true", help="for programs")


def _look(add: Add) -> None:
    status = add("status", "look:status", "where the go-live stands")
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--offline", action="store_true", help="ask no endpoint")

    text = "who is told of what; `notify test DIR` sends a test to every address"
    notify = add("notify", "notify:notify", text, directory=False)
    notify.add_argument("what", nargs="?", choices=("plan", "test"), default="plan")
    notify.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    notify.add_argument("--to", default="", metavar="NAME", help="test: only this person")

    check = add("check", "check:check", "whether all is ready to watch, and what rules would do")
    check.add_argument("--json", action="store_true", help="for programs")

    checklist = add("checklist", "readiness:checklist", "walk the checklist, or list it")
    add_who(checklist)
    add_look(checklist)
    checklist.add_argument("--list", action="store_true", help="print it, also on a terminal")
    checklist.add_argument("--lines", action="store_true", help="the guide's own lists by line")
    checklist.add_argument("--json", action="store_true", help="for programs")

    add_report(add)


PROBES = ("connections", "logging", "escalation", "load", "rollback-drill")


def _deeds(add: Add) -> None:
    confirm = add("confirm", "deeds:confirm", "confirm a checklist item with evidence")
    add_who(confirm)
    confirm.add_argument("item", help="the item's id; see: warroom checklist DIR")
    confirm.add_argument("--evidence", required=True, help="what was seen, or a URL, or a file")
    confirm.add_argument("--role", default="", help="which of the item's roles you confirm for")
    confirm.add_argument("--on-behalf-of", default="", help="whose written confirmation this is")
    confirm.add_argument("--dated", default="", metavar="DAY", help="its day, if earlier")

    plan = add("plan", "readiness:plan", "say who resolves an open item, and by when")
    add_who(plan)
    plan.add_argument("item", help="the item's id")
    plan.add_argument("--owner", required=True, help="who resolves it")
    plan.add_argument("--due", required=True, metavar="DAY", help="by when, such as 2026-12-01")
    plan.add_argument("--note", default="", help="what is done about it")

    probe = add("probe", "probe:probe", "a live check that yields evidence", directory=False)
    probe.add_argument("name", choices=PROBES)
    probe.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    add_who(probe)
    probe.add_argument("--file", type=Path, help="load: the result of k6, Locust or hey")
    probe.add_argument("--json", action="store_true", help="for programs")

    accept = add("accept", "readiness:accept", "leave a recommended item open, for a reason")
    add_who(accept)
    accept.add_argument("item", help="the item's id")
    accept.add_argument("reason")

    poll = add("poll", "readiness:poll", "the GO/NO-GO poll: open it, answer it, see it")
    add_who(poll)
    poll.add_argument("--json", action="store_true", help="for programs")
    poll.add_argument("--role", default="", help="which of your roles answers")
    what = poll.add_mutually_exclusive_group()
    what.add_argument("--open", action="store_true", help="ask every role")
    what.add_argument("--go", metavar="REASON", help="answer GO, sealed until all have answered")
    what.add_argument("--no-go", metavar="REASON", help="answer NO-GO, sealed likewise")
    what.add_argument("--withdraw", action="store_true", help="take your sealed answer back")

    note = add("note", "deeds:note", "write a note")
    add_who(note)
    note.add_argument("text")
    note.add_argument("--incident", default="", help="the incident it belongs to")
    note.add_argument("--occurred-at", default="", help="when it happened, RFC 3339")

    ack = add("ack", "deeds:ack", "take an alert in hand")
    add_who(ack)
    ack.add_argument("alert", help="the alert's id, or its metric")
    ack.add_argument("remark", nargs="?", default="")

    text = "silence our own notices of an alert, or another system's alert there"
    silence = add("silence", "silence:silence", text)
    add_who(silence)
    silence.add_argument("alert", help="its id or rule here, or its name there")
    silence.add_argument(
        "--for", dest="how_long", default="", metavar="TIME", help="such as 30m or 2h, 24h at most"
    )
    silence.add_argument("--why", default="", help="for those who look at it meanwhile")
    silence.add_argument("--lift", action="store_true", help="end a silence of ours now")
    silence.add_argument("--feed", default="", help="the Alertmanager's feed, if there are several")

    warning = add("warning", "warning:warning", "early warnings: list, review or settle them",
                  directory=False)  # fmt: skip
    warning.add_argument(
        "what", nargs="?", choices=("review", "settle"), help="what to do; without: list them"
    )
    warning.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    warning.add_argument(
        "warning", nargs="?", default="", help="its id or metric; the only open one if not"
    )
    add_who(warning)
    warning.add_argument("--cause", default="", help="review: the specific root cause")
    fix = warning.add_mutually_exclusive_group()
    fix.add_argument("--fix", action="store_true", help="review: a fix is there within 4 h")
    fix.add_argument("--no-fix", action="store_true", help="review: none is, the owner decides")
    warning.add_argument(
        "--decision", choices=("fixed", "maintain", "rollback"), help="settle: how it ends"
    )
    warning.add_argument("--why", default="", help="settle: what was changed, or why")
    warning.add_argument("--json", action="store_true", help="for programs")
    warning.set_defaults(mixed=True)


def _config(commands: "argparse._SubParsersAction[_Parser]") -> None:
    text = "go on with a changed warroom.toml; its schema for editors"
    config = commands.add_parser("config", help=text, description=text.capitalize() + ".")
    kinds = config.add_subparsers(title="commands", metavar="COMMAND", required=True)
    accept = kinds.add_parser("accept", help="go on with it: gates are held until somebody does")
    accept.set_defaults(run="readiness:config_accept")
    accept.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    add_who(accept)
    accept.add_argument("--why", default="", help="why it was changed")
    add_schema(kinds)
