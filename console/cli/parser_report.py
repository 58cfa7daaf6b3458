"""The words of the command line for documents."""

from pathlib import Path

from console.cli.parser_rollout import Add
from console.reports.kinds import FORMATS, KINDS


def add_report(add: Add) -> None:
    """A document of any kind, in any format."""
    report = add("report", "report:report", "a document: status report, runbook, gates and others")
    kinds = "; ".join(f"{name}: {kind.what}" for name, kind in KINDS.items())
    report.add_argument(
        "--kind",
        choices=tuple(KINDS),
        default="go-live",
        metavar="KIND",
        help=f"which (go-live). {kinds}",
    )
    report.add_argument(
        "--format", choices=(*FORMATS, "json"), default="md", help="Markdown, HTML, PDF or JSON"
    )
    report.add_argument("--output", type=Path, help="a file; the default is the standard output")
    report.add_argument(
        "--for", dest="person", metavar="NAME", default="", help="whose sheet or shift"
    )
    report.add_argument(
        "file", nargs="?", type=Path, help="after the word `verify`: the document to make again"
    )
    report.add_argument(
        "--dir", dest="against", type=Path, metavar="DIR", help="what to verify it against"
    )
    report.add_argument("--rollout", type=int, metavar="N", help="which rollout (the latest)")
    report.add_argument("--incident", metavar="ID", default="", help="which incident, or rollback")
    report.add_argument(
        "--prompt", action="store_true", help="a filled prompt to copy into a model, instead"
    )
    report.add_argument(
        "--minutes",
        metavar="WRITER",
        default="",
        help="use the minutes that another machine recorded (warroom sync DIR --telemetry)",
    )
    report.add_argument("--offline", action="store_true", help="ask no endpoint")
