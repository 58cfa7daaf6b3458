"""`warroom postmortem`: its template, and the record of its three outputs (Guide 6.4)."""

from argparse import Namespace

from console.clean import clean
from console.cli.deeds import do
from console.cli.exits import CORRUPT, DONE
from console.cli.report import check_output, ground_of, write_report
from console.cli.say import write
from console.domain import commands as c
from console.reports.markdown import render
from console.reports.postmortem import incident_for, postmortem_document
from console.reports.postmortem import postmortem as gather
from console.room import OpenFailed

NEEDED = ("root_cause", "change", "timeline", "cases")


def postmortem(args: Namespace) -> int:
    """`warroom postmortem`: 0 once it is recorded or written, 4 from a damaged journal."""
    missing = [name for name in NEEDED if getattr(args, name) is None]
    if not args.template:
        if missing:
            options = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
            raise OpenFailed(
                f"the record needs {options} too; --template writes what is known already"
            )
        return _record(args)
    if len(missing) < len(NEEDED):
        raise OpenFailed("--template writes a document and records nothing: leave the outputs out")
    if args.output is not None:
        check_output(args.output, args.dir)
    ground = ground_of(args.dir, asks=False)
    incident = incident_for(ground.state, args.incident or args.rollback)
    text = render(postmortem_document(gather(ground, incident)))
    if args.output is None:
        write([text])
    else:
        write_report(args.output, text.encode(), args.dir)
    return CORRUPT if ground.trouble else DONE


def _record(args: Namespace) -> int:
    cause, change = clean(args.root_cause, 4000), clean(args.change, 4000)
    return do(
        args,
        c.RecordPostMortem(
            cause,
            change,
            clean(args.timeline, 4000),
            args.cases,
            args.rollback,
            args.incident,
            tuple(args.where),
        ),
    )
