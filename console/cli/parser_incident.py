"""The words of the command line for incidents, post-mortems, duties, cases and the table."""

import argparse
from pathlib import Path
from typing import Any

from console.cli.parser_rollout import Add, add_who


def add_incidents(add: Add) -> None:
    """The commands of what went wrong, and of what is owed for it."""
    _incident(add)

    duties = add("duties", "duties:duties", "what is owed, by whom, until when")
    duties.add_argument("--json", action="store_true", help="for programs")
    duty = add("duty", "deeds:duty", "say that something owed is done")
    add_who(duty)
    duty.add_argument("duty", help="the duty's id; see: warroom duties DIR")
    duty.add_argument("remark")

    postmortem = add("postmortem", "postmortem:postmortem", "the post-mortem: template, record")
    add_who(postmortem)
    postmortem.add_argument(
        "--template", action="store_true", help="write it, filled from the timeline; record nothing"
    )
    postmortem.add_argument("--output", type=Path, help="the template's file; else standard output")
    postmortem.add_argument("--root-cause", help="the specific cause")
    postmortem.add_argument("--change", help="the specific change that mends it")
    postmortem.add_argument(
        "--where",
        action="append",
        default=[],
        choices=("test-set", "prompt", "infrastructure"),
        help="what the change is made to; several times for several",
    )
    postmortem.add_argument("--timeline", help="the revised timeline: a day, or none and why")
    postmortem.add_argument("--cases", type=int, help="how many failing inputs became test cases")
    postmortem.add_argument("--rollback", default="", help="by its id; the first one owed if not")
    postmortem.add_argument("--incident", default="", help="by its id, where there is no rollback")

    table = add(
        "troubleshoot", "troubleshoot:troubleshoot", "the troubleshooting table", directory=False
    )
    table.add_argument("words", nargs="*", help="only rows that hold these; a DIR is passed over")


def _incident(add: Add) -> None:
    text = "incidents: list them, see one, open, follow and close it"
    incident = add("incident", "incident:incident", text)
    incident.set_defaults(mixed=True)
    add_who(incident)
    incident.add_argument(
        "more",
        nargs="*",
        metavar="ID",
        help="the incident; warroom incident capture DIR ID CALL ... keeps calls as evidence",
    )
    what = incident.add_mutually_exclusive_group()
    what.add_argument("--open", metavar="TITLE")
    what.add_argument("--close", metavar="ID", nargs="?", const="", help="with --resolution")
    what.add_argument("--note", metavar="TEXT", help="14:02 or -10m at its start: when it happened")
    what.add_argument("--update", metavar="TEXT", help="the status update that is owed")
    what.add_argument("--link", action="store_true", help="--alert, --escalation, --call belong")
    incident.add_argument("--severity", type=int, choices=(1, 2, 3), help="with --open 2 if not")
    incident.add_argument("--why", default="", help="why its severity changes")
    incident.add_argument("--trigger", default="", help="the rollback trigger it is, by its id")
    incident.add_argument("--lead", metavar="NAME", help="who leads it")
    incident.add_argument("--scribe", metavar="NAME", help="who writes")
    incident.add_argument("--every", metavar="TIME", default="", help="an update is owed: 30m, 2h")
    for name in ("alert", "escalation", "call"):
        incident.add_argument(f"--{name}", action="append", default=[], metavar="ID")
    incident.add_argument("--corrects", default="", metavar="ENTRY", help="the entry of --note")
    incident.add_argument("--judged", action="store_true", help="capture: those judged not right")
    incident.add_argument("--resolution", default="", help="how it ended, for --close")
    incident.add_argument("--json", action="store_true", help="for programs")


def add_export(commands: Any) -> None:
    """`warroom export cases`."""
    text = "captured calls for other tools"
    export: argparse.ArgumentParser = commands.add_parser(
        "export", help=text, description=text.capitalize() + "."
    )
    kinds = export.add_subparsers(title="commands", metavar="COMMAND", required=True)
    cases = kinds.add_parser("cases", help="as cases of an evaluation, JSON lines")
    cases.set_defaults(run="export:cases")
    cases.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    cases.add_argument("--incident", default="", metavar="ID", help="only of this one")
    cases.add_argument(
        "--format",
        choices=("inspect", "openai", "promptfoo", "plain"),
        default="plain",
        help="whose form (plain)",
    )
    cases.add_argument("--output", type=Path, help="a new file; the default is standard output")
    cases.add_argument(
        "--expected",
        action="append",
        default=[],
        metavar="CALL=TEXT",
        help="what would have been the right answer; without it a case has none",
    )
