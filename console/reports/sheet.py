"""What the smaller documents share: what is missing first, and at the end what they rest on."""

from collections.abc import Sequence

from console.reports.cites import HOW, SourceRow
from console.reports.document import Block, Heading, Listing, Paragraph, SourceList
from console.reports.golive.document_parts import cited
from console.reports.golive.rows import Said
from console.reports.ground import About, about_lines


def missing_blocks(missing: Sequence[Said], nothing: str) -> list[Block]:
    """What is missing, or the sentence `nothing`."""
    if not missing:
        return [Paragraph(nothing)]
    return [Paragraph("Missing:", strong=True), Listing(tuple(cited(one) for one in missing))]


def tail(about: About, sources: Sequence[SourceRow]) -> list[Block]:
    """What the document was made from, and the sources that it cites."""
    blocks: list[Block] = [Heading("What this was made from"), Listing(about_lines(about))]
    if sources:
        told = tuple((row.number, row.text) for row in sources)
        blocks += [Heading("Sources"), Paragraph(HOW), SourceList(told)]
    return blocks
