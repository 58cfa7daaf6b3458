"""Documents of the demo's deployments: real journals and recorded minutes, whole stages of them."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from config.write import render as config_text
from config.write import write_new
from console.cli.report import ground_of
from console.demo.run import config_values
from console.demo.stage import set_stage
from console.demo.traffic import Profile
from console.domain.refused import Refused
from console.reports.formats import render, text_lines
from console.reports.ground import Options
from console.reports.kinds import FORMATS, KINDS, make
from console.reports.seal import seal_for
from console.reports.written import written
from tests.demo.running import START, move_clock

# What nobody must read for a value; None may begin a sentence.
NO_VALUES = re.compile(r"\bNone\b(?![ .])|\bnan\b|\binf\b|\bTrue\b|\bFalse\b|frozenset|msgspec")
STAGES = ("readiness", "shadow", "window")


@pytest.fixture(scope="module", params=STAGES)
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's deployment that begins in a stage; nobody answers on its endpoints."""
    home = tmp_path_factory.mktemp("home")
    directory = tmp_path_factory.mktemp(str(request.param))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(home))
        move_clock(directory, START)
        profile = Profile()
        write_new(directory, config_text(config_values("http://127.0.0.1:9", profile)))
        set_stage(directory, str(request.param), profile, START)
    return directory


def test_every_kind_says_what_the_stage_is(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(planted / "state"))
    held = ground_of(planted, asks=False)
    for kind in KINDS:
        if kind in {"incident", "postmortem"}:
            with pytest.raises(Refused, match="no incident is on record"):
                make(kind, held, Options())
            continue
        _, document = make(kind, held, Options())
        for form in FORMATS:
            data = render(document, form)
            assert data == render(document, form)
            lines = text_lines(data, form)
            assert any("claims-triage" in line for line in lines), kind
            found = [line for line in lines if NO_VALUES.search(line)]
            assert not found, (kind, form, found)
        if kind == "sponsor":
            paper = written(held, seal_for(held, kind, Options(), "1.0"), "pdf")
            assert len(PdfReader(io.BytesIO(paper)).pages) == 1


def test_the_pdf_has_each_figure_of_the_sponsors_page(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(planted / "state"))
    facts, document = make("sponsor", ground_of(planted, asks=False), Options())
    text = " ".join(text_lines(render(document, "pdf"), "pdf"))
    assert bool(facts.figures) == (planted.name.startswith(("shadow", "window")))
    for figure in facts.figures:
        for said in (figure.value, figure.worst, figure.limit, f"{figure.n:,}"):
            assert said in text, figure
        for mark in figure.sources:
            assert f"{figure.value}[{mark}]" in text.replace(
                f"{figure.value} [", f"{figure.value}["
            )
