"""Each format shows the same text, the same each time, and carries the seal."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.clean import clean
from console.reports.document import Document, Paragraph
from console.reports.formats import render, seal_of, text_lines
from console.reports.kinds import FORMATS, Format
from tests.reports.samples import HOSTILE, LONG, document

SEAL = document().seal
# Beyond the common scripts these are in the typesetter's own fonts.
OURS = "⟨⟩✓▲◆✗→▁▂▃█"
# In a process of its own, with another seed for the order of sets.
AGAIN = """\
import sys
from console.reports.formats import render
from tests.reports.samples import document
sys.stdout.buffer.write(render(document(), sys.argv[1]))
"""


def squeezed(text: str) -> str:
    """Without what only the setting of lines decides."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_document_gives_the_same_bytes(form: Format) -> None:
    here = render(document(), form)
    assert here == render(document(), form)
    there = subprocess.run(
        [sys.executable, "-c", AGAIN, form],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert there.stdout == here


@pytest.mark.parametrize("form", FORMATS)
def test_the_seal_comes_back_as_it_went_in(form: Format) -> None:
    assert seal_of(render(document(), form), form) == SEAL


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_without_a_seal_is_refused_in_a_sentence(form: Format) -> None:
    with pytest.raises(ValueError, match="it holds no seal"):
        seal_of(render(document(seal=""), form), form)
    if form != "md":
        return
    with pytest.raises(ValueError, match="it holds no seal"):
        seal_of(render(document(), form) + b"\nand more\n", form)


def test_what_is_no_pdf_is_refused_in_a_sentence() -> None:
    good = render(document(), "pdf")
    for data in (b"", b"%PDF-1.7\nnothing", good[: len(good) // 2], b"\x00" * 99):
        with pytest.raises(ValueError, match=r"PDF|no seal"):
            seal_of(data, "pdf")
        with pytest.raises(ValueError, match="PDF"):
            text_lines(data, "pdf")


@pytest.mark.parametrize("form", ["html", "pdf"])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_reader_sees_the_text_and_nothing_else(text: str, form: Format) -> None:
    told = squeezed("".join(text_lines(render(document(text), form), form)))
    wanted = clean(text, 2000)
    for place in ("strong", "item", "number", "head", "cell", "source", "note", "First", "code"):
        shown = squeezed(f"{place} {wanted}")
        if form == "pdf" and not all(char < "\u2400" or char in OURS for char in wanted):
            shown = squeezed(place)  # set right to left, or by its number: see test_pdf
        assert shown in told, place


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec=None), max_size=30))
def test_any_text_at_all_can_be_set(text: str) -> None:
    """Lone surrogates, too, and what is no character: a journal may hold them."""
    for form in FORMATS:
        assert render(document(text), form)


@pytest.mark.parametrize("form", FORMATS)
def test_a_long_text_is_cut_and_said_to_be(form: Format) -> None:
    told = squeezed("".join(text_lines(render(document(LONG), form), form)))
    assert "y" * 1900 in told
    assert "y..." in told  # as NFKC has it
    assert len(told) < 80_000


@pytest.mark.parametrize("form", FORMATS)
def test_numbers_of_sources_stand_apart_from_figures(form: Format) -> None:
    text = "\n".join(text_lines(render(document("errors 1.8"), form), form))
    assert "errors 1.8 [1][2][9]" in text.replace("\\", "").replace("1.8[", "1.8 [")


@pytest.mark.parametrize("form", FORMATS)
def test_a_draft_says_so_and_nothing_else_does(form: Format) -> None:
    lines = text_lines(render(document(), form), form)
    assert any("DRAFT" in line for line in lines[:3])
    assert "DRAFT" not in "\n".join(text_lines(render(document(watermark=""), form), form))


@pytest.mark.parametrize("form", FORMATS)
def test_one_changed_digit_changes_a_line(form: Format) -> None:
    one, other = (
        text_lines(render(Document("t", (Paragraph(f"errors {n} %"),)), form), form)
        for n in ("1.8", "1.9")
    )
    assert len(one) == len(other)
    assert sum(a != b for a, b in zip(one, other, strict=True)) == 1


def test_only_the_pdf_loads_the_typesetter() -> None:
    code = (
        "import sys\n"
        "from console.reports.formats import render\n"
        "from console.reports.document import Document\n"
        "render(Document('t', ()), 'html'); render(Document('t', ()), 'md')\n"
        "assert not {'typst', 'pypdf'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
