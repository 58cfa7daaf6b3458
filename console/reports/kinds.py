"""Every kind of document: one table, from which the command line and the screens read.

The modules that make them are loaded when one is made, so that naming the kinds costs nothing.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from console.reports.document import Document
    from console.reports.ground import Ground, Options

    Make = Callable[[Ground, Options], tuple[Any, Document]]


Format = Literal["md", "html", "pdf"]
FORMATS: tuple[Format, ...] = ("md", "html", "pdf")


class Kind(NamedTuple):
    """A kind of document: the place of its function, and what it is, in a few words.

    The function takes a `Ground` and `Options` and gives the facts, a struct that is the JSON, and
    the document drawn from them. It raises `Refused` where there is nothing to write of. `asks`
    says that the feeds are asked first; `options` are those that mean something to it. `commands`
    says that it holds commands, which name the directory.
    """

    make: str
    what: str
    asks: bool = False
    options: frozenset[str] = frozenset()
    commands: bool = False


KINDS: dict[str, Kind] = {
    "go-live": Kind("golive.document:made", "Go-Live Report", options=frozenset({"rollout"})),
    "readiness": Kind("readiness_document:made", "status: GO or NO-GO", asks=True),
    "runbook": Kind("runbook_document:made", "operations runbook", commands=True),
    "protocol": Kind(
        "protocol:made", "escalation protocol", options=frozenset({"person"}), commands=True
    ),
    "gates": Kind("gates:made", "phase gate records"),
    "sign-off": Kind("signoff:made", "governance sign-off"),
    "incident": Kind("incident:made", "an incident", options=frozenset({"incident"})),
    "handover": Kind("handover:made", "handover of the watch", options=frozenset({"person"})),
    "brief": Kind("briefs:made", "briefs to the BU lead"),
    "sponsor": Kind("sponsor:made", "the sponsor's page"),
    "postmortem": Kind(
        "postmortem:made", "blameless post-mortem", options=frozenset({"incident"}), commands=True
    ),
}  # fmt: skip


def make(kind: str, ground: "Ground", options: "Options") -> "tuple[Any, Document]":
    """The facts and the document of that kind, at the ground's moment. Raises `Refused`."""
    import msgspec  # noqa: PLC0415  # the table is read by --help, which needs none of this

    from console.reports.document import Paragraph  # noqa: PLC0415  # likewise

    module, _, function = KINDS[kind].make.partition(":")
    maker: Make = getattr(import_module(f"console.reports.{module}"), function)
    facts, document = maker(ground, options)
    blocks = document.blocks
    if ground.trouble:
        told = f"THE JOURNAL IS DAMAGED, so that this may lack what happened: {ground.trouble}"
        blocks = (Paragraph(told, strong=True), *blocks)
    if ground.minutes_of:
        told = (
            f"The figures are from minutes that {ground.minutes_of} recorded and gave, not from "
            "what the machine recorded that made this."
        )
        blocks = (Paragraph(told, strong=True), *blocks)
    return facts, msgspec.structs.replace(document, blocks=blocks, made=ground.now)
