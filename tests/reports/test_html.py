"""One file that asks for nothing and runs nothing, read by a parser as a browser has it."""

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from justhtml import JustHTML

from console.reports.document import Document, Heading, Paragraph
from console.reports.html import render
from tests.reports.samples import HOSTILE, LONG, document

URLS = ("src", "href", "action", "data", "poster", "srcset", "background", "xlink:href")


def parsed(document: Document) -> Any:
    """The tree of a page that is valid as it stands."""
    return JustHTML(render(document), sanitize=False, strict=True)


def every(tree: Any) -> list[Any]:
    """All elements."""
    return list(tree.query("*"))


@pytest.mark.parametrize("text", [*HOSTILE, LONG])
def test_no_text_becomes_markup(text: str) -> None:
    plain, hostile = (
        Counter(node.name for node in every(parsed(document(t)))) for t in ("x", text)
    )
    plain.pop("wbr", None)
    hostile.pop("wbr", None)
    assert hostile == plain


@pytest.mark.parametrize("text", ["plain", *HOSTILE])
def test_nothing_runs_and_nothing_is_asked_for(text: str) -> None:
    nodes = every(parsed(document(text)))
    scripts = [node for node in nodes if node.name == "script"]
    assert [script.attrs["type"] for script in scripts] == ["application/json"]
    for node in nodes:
        assert node.name not in {"link", "iframe", "object", "embed", "form", "base", "img"}
        for name, value in node.attrs.items():
            assert not name.startswith("on"), (node.name, name)
            assert name != "style"
            if name in URLS:
                assert value.startswith("#"), value


def test_the_policy_allows_this_one_style_sheet() -> None:
    page = render(document())
    policy = next(
        unescape(found) for found in re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    )
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_a_screen_reader_finds_its_way() -> None:
    tree = parsed(document())
    assert tree.query("html")[0].attrs["lang"] == "en"
    names = [node.name for node in every(tree)]
    assert Counter(names)["main"] == Counter(names)["h1"] == Counter(names)["nav"] == 1
    levels = [int(name[1]) for name in names if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in tree.query("table"):
        assert len(table.query("caption")) == 1
        assert {head.attrs["scope"] for head in table.query("th")} == {"col", "row"}
    for picture in tree.query("svg"):
        assert picture.attrs["role"] == "img"
        ids = picture.attrs["aria-labelledby"].split()
        texts = {node.attrs["id"]: node.to_text() for node in picture.query("title, desc")}
        assert set(ids) == set(texts)
        assert "gaps without data" in texts[ids[1]]
    (contents,) = tree.query("nav[aria-label] > details")
    assert "open" not in contents.attrs
    skip = tree.query("a.skip")[0]
    assert skip.attrs["href"] == "#main"


def test_each_link_leads_somewhere_and_ids_are_unique() -> None:
    nodes = every(parsed(document()))
    ids = [node.attrs["id"] for node in nodes if "id" in node.attrs]
    assert len(ids) == len(set(ids))
    links = [node.attrs["href"] for node in nodes if "href" in node.attrs]
    assert {"#source-1", "#source-2"} <= set(links)
    assert {link.removeprefix("#") for link in links} <= set(ids)  # 9 is no source: no link


def test_each_block_has_a_line_of_its_own() -> None:
    blocks = tuple(Paragraph(f"paragraph {place}") for place in range(5))
    lines = render(Document("t", (Heading("h"), *blocks))).splitlines()
    for place in range(5):
        assert f"<p>paragraph {place}</p>" in lines
