"""The PDF as its readers have it: tagged, dated, complete, and never code."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from console.domain.times import utc
from console.reports.document import Document, Heading, Paragraph, Rule, Table
from console.reports.glyphs import shown
from console.reports.pdf import render, text_lines
from tests.domain.build import NOW
from tests.reports.samples import HOSTILE, LONG, chart, document


def read(document: Document) -> PdfReader:
    return PdfReader(io.BytesIO(render(document)))


def test_it_says_what_it_is() -> None:
    pdf = read(document("x", language="de"))
    root: Any = pdf.root_object
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Title x"
    assert pdf.metadata.creation_date == utc(NOW)
    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid:part" in xmp
    assert "/JavaScript" not in root.get("/Names", {})
    assert "/AA" not in root
    assert "/OpenAction" not in root


def test_pages_are_counted_rules_break_them_and_heads_of_tables_repeat() -> None:
    rows = tuple((f"row {place}", "x") for place in range(120))
    table, rule = Table(("first", "second"), rows), Rule(always=True)
    pdf = read(Document("Long", (table, rule, Heading("After"))))
    texts = [page.extract_text() for page in pdf.pages]
    assert len(texts) >= 3
    for place, text in enumerate(texts, 1):
        assert f"page {place} of {len(texts)}" in text
    assert all("first" in text and "second" in text for text in texts[:-1])
    assert "After" in texts[-1]
    assert "row" not in texts[-1]


def test_a_page_that_has_only_begun_goes_on_unless_what_follows_is_handed_out_by_itself() -> None:
    for always, pages in ((False, 1), (True, 2)):
        pdf = read(Document("Short", (Paragraph("little"), Rule(always=always), Heading("After"))))
        assert len(pdf.pages) == pages


def test_contents_come_after_the_status_and_the_first_section() -> None:
    parts = [(Heading(f"Section {place}"), Paragraph(f"said {place}")) for place in range(12)]
    blocks = (Paragraph("Status: stable"), *(block for part in parts for block in part))
    text = read(Document("t", blocks)).pages[0].extract_text()
    assert text.index("Status") < text.index("said 0") < text.index("Section 11")
    assert text.index("Section 11") < text.index("said 1\n")


def test_a_heading_its_sentence_and_its_small_table_stay_on_one_page() -> None:
    table = Table(("metric", "value"), tuple((f"row {place}", "x") for place in range(6)))
    for filled in range(34, 48):
        above = tuple(Paragraph(f"line {place}") for place in range(filled))
        after = (Heading("Figures"), Paragraph("Over two days."), table)
        texts = [page.extract_text() for page in read(Document("t", (*above, *after))).pages]
        (held,) = [text for text in texts if "Figures" in text]
        assert all(said in held for said in ("Over two days.", "metric", "row 0", "row 5")), filled


def test_charts_that_follow_each_other_stand_two_in_a_row() -> None:
    charts = tuple(chart(title=f"Chart {place}", marks=()) for place in range(6))
    assert len(read(Document("t", charts)).pages) == 1


@pytest.mark.parametrize("text", [*HOSTILE, LONG])
def test_no_text_is_evaluated(text: str) -> None:
    every = "".join(text_lines(render(document(text))))
    assert "panic" not in every or "#panic" in every
    assert "Third" in every


def test_what_no_font_has_is_written_as_its_number() -> None:
    odd = "\U0001f9ff\u2ff0"
    system, marks = shown(f"plain {odd} ✓ ▲ ◆ – café")
    assert not {ord(char) for char in "✓▲◆–é"} & set(marks)
    for code, mark in marks.items():
        assert mark == f"⟨U+{code:04X}⟩"
    text = "".join(text_lines(render(Document("t", (Paragraph(f"before {odd} after ✓ ▲ ◆"),)))))
    assert "✓ ▲ ◆" in text
    assert system in {True, False}
    for code in marks:
        assert f"U+{code:04X}" in text


def test_a_dense_document_takes_less_room() -> None:
    blocks = tuple(Paragraph(f"A sentence with the number {place}.") for place in range(60))
    wide, dense = (len(read(Document("t", blocks, dense=dense)).pages) for dense in (False, True))
    assert dense < wide
