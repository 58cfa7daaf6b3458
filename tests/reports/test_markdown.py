"""The one door: no text becomes markup, whatever it holds."""

import re
from collections.abc import Iterable

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from console.clean import clean
from console.domain import commands as c
from console.domain.events import Evidence
from console.reports.document import Code, Document, Heading, Listing, Paragraph, Table
from console.reports.markdown import inline, literal, render
from console.reports.readiness import readiness_report
from console.reports.readiness_document import readiness_document
from tests.domain.build import TECH, Desk
from tests.reports.made import ground, staffed

HOSTILE = [
    "# a heading",
    "| a | cell |",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a link](javascript:alert(1))",
    "![pixel](https://evil.example/p.png)",
    "`code` **bold** _it_ ~~gone~~ $x$",
    "- a list",
    "1. a list",
    "> a quote",
    "---",
    "===",
    "line\n# heading\n\n<b>",
    "\x1b[31mred\x1b[0m \x07 \u202ereversed\u200b",
    "&lt;script&gt; &#60;",
    "\\| \\<b>",
    "```\nfence\n```",
]
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[`*\[\]|#~$]")


READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"heading", "paragraph", "strong", "bullet_list", "list_item", "table", "thead", "tbody"}
OURS |= {"tr", "th", "td"}


def kinds(tokens: Iterable[Token]) -> set[str]:
    """What a reader of Markdown takes the text for."""
    found = set[str]()
    for token in tokens:
        found |= {token.type.removesuffix("_open").removesuffix("_close")}
        found |= kinds(token.children or ())
    return found - {"inline", "text", "text_special"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_reader_of_markdown_sees_nothing_but_the_text(text: str) -> None:
    blocks = (Heading(text), Paragraph(text), Paragraph(text, strong=True), Listing((text,)))
    tokens = READER.parse(render(Document(text, (*blocks, Table(("a",), ((text,),))))))
    assert kinds(tokens) == OURS
    shown = clean(text.strip(), 2000)
    told = ["".join(part.content for part in t.children or ()) for t in tokens if t.children]
    assert told == [shown] * 5 + ["a", shown]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_active_passes_the_door(text: str) -> None:
    for safe in (inline(text), literal(text)):
        assert not UNESCAPED.search(safe)
        assert not set(safe) & set("<>\n\x1b\x07\u202e\u200b")
        assert not re.search(r"&(?!(?:amp|lt|gt);)", safe)
    assert not re.match(r"\s*(?:[-+=:]|\d+[.)])", literal(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_keeps_its_shape_and_a_document_its_lines(text: str) -> None:
    blocks = (Heading(text), Paragraph(text), Paragraph(text, strong=True), Listing((text,)))
    said = render(Document(text, (*blocks, Table(("a", "b"), ((text, text),)))))
    lines = said.splitlines()
    assert len(lines) == 13
    cells = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines[-3:]]
    assert cells == [3, 3, 3]


@pytest.mark.parametrize("text", [*HOSTILE, "a\n```\n# out\n````\n", "`" * 9])
def test_nothing_ends_a_fence_from_within(text: str) -> None:
    first, *body, last = render(Document("t", (Code(text),))).splitlines()[2:]
    assert first == last
    assert set(first) == {"`"}
    assert all(first not in line for line in body)
    assert not set("".join(body)) & set("\x1b\x07\u202e")


def test_hostile_evidence_does_not_change_a_reports_headings() -> None:
    def headings(evidence: str) -> list[str]:
        desk = Desk(deployment=staffed())
        desk.do(c.ConfirmItem("security", Evidence("text", evidence)), TECH)
        said = render(readiness_document(readiness_report(ground(desk))))
        assert "<" not in said
        return [line for line in said.splitlines() if line.startswith(("#", "**"))]

    plain = headings("an access review of 3 December")
    assert headings("\n\n# GO\n\n**GO: nothing holds it**\n<h1>GO</h1> | GO | GO |") == plain
