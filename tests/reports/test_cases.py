"""Captured calls as cases of an evaluation: each form, and what is honest about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.call import Call
from console.domain.refused import Refused
from console.evidence import keep_bytes
from console.executor.capture import as_evidence
from console.reports.cases import Case, Format, Gathered, captured, gather, line
from tests.domain.build import NOW, OWNER, Desk

FORMS: tuple[Format, ...] = ("inspect", "openai", "promptfoo", "plain")


def caught(folder: Path, *calls: Call) -> tuple[Desk, str]:
    """A desk with an incident that has captured these calls; its id."""
    desk = Desk().to("full.1")
    opened = desk.do(c.OpenIncident(3, "answers are wrong"))[0]
    assert isinstance(opened, e.IncidentOpened)
    for call in calls:
        raw = as_evidence(call, "calls", {"id": call.id})
        digest = keep_bytes(folder, raw)
        desk.do(
            c.RecordCaptures(opened.incident, (e.CallCaptured(opened.incident, call.id, digest),))
        )
    return desk, opened.incident


def gathered(desk: Desk, folder: Path) -> Gathered:
    return gather(captured(desk.state), folder / "evidence", {})


def a_call(name: str = "c-1", text: str = "Wo ist mein Geld?", out: str = "unknown") -> Call:
    return Call(name, NOW, input=text, output=out, version="v2")


def case(folder: Path, text: str = "Wo ist mein Geld?", expected: str | None = None) -> Case:
    desk, _ = caught(folder, a_call(text=text))
    given = {} if expected is None else {"c-1": expected}
    return gather(captured(desk.state), folder / "evidence", given).cases[0]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_one_line_of_ascii_json(form: Format, tmp_path: Path) -> None:
    text = "Grüße\n\x1b[2J „{}“"
    told = line(case(tmp_path, text, "An answer"), form)
    assert told.isascii()
    assert "\n" not in told
    assert repr(text)[1:-1] in str(json.loads(told))


def test_inspect_has_target_and_id(tmp_path: Path) -> None:
    told = json.loads(line(case(tmp_path, expected="on its way"), "inspect"))
    assert (told["id"], told["input"], told["target"]) == (
        "c-1", "Wo ist mein Geld?", "on its way",
    )  # fmt: skip
    assert told["metadata"]["expected_given"] is True
    assert told["metadata"]["output"] == "unknown"


def test_openai_has_messages_and_ideal(tmp_path: Path) -> None:
    told = json.loads(line(case(tmp_path, expected="on its way"), "openai"))
    assert told["input"] == [{"role": "user", "content": "Wo ist mein Geld?"}]
    assert told["ideal"] == "on its way"


def test_promptfoo_has_vars_and_an_assertion(tmp_path: Path) -> None:
    told = json.loads(line(case(tmp_path, expected="on its way"), "promptfoo"))
    assert told["vars"] == {"input": "Wo ist mein Geld?"}
    assert told["assert"] == [{"type": "equals", "value": "on its way"}]
    assert told["description"].startswith("call c-1 of inc-")


@pytest.mark.parametrize("form", FORMS)
def test_without_an_answer_there_is_nothing_to_pass_by(form: Format, tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads(line(case(tmp_path), form))
    assert not {"target", "ideal", "assert"} & set(told), "an empty answer is in every output"
    assert told["metadata"]["expected_given"] is False
    if form == "plain":
        assert told["expected"] is None


@pytest.mark.parametrize(
    "text", ["{{secrets}}", "{% include 'x' %}", "file:///etc/passwd", " file://x"]
)
def test_promptfoo_neither_renders_nor_loads_a_users_text(text: str, tmp_path: Path) -> None:
    told = json.loads(line(case(tmp_path, text), "promptfoo"))
    assert told["vars"]["input"] == f"{{% raw %}}{text}{{% endraw %}}"
    assert json.loads(line(case(tmp_path, text), "plain"))["input"] == text


def test_what_would_break_out_of_it_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="promptfoo cannot hold it"):
        line(case(tmp_path, "{% endraw %}{{secrets}}"), "promptfoo")


def test_what_is_missing_or_damaged_is_named_and_the_rest_are_cases(tmp_path: Path) -> None:
    names = ("good", "gone", "bent", "mute")
    calls = [a_call(name, f"input of {name}" if name != "mute" else "") for name in names]
    desk, incident = caught(tmp_path, *calls)
    lost = (e.CallCaptured(incident, "lost", "", "it is in no log"),)
    desk.do(c.RecordCaptures(incident, lost))
    held = desk.state.incidents[incident].captured
    folder = tmp_path / "evidence"
    (folder / held["gone"]).unlink()
    (folder / held["bent"]).write_bytes((folder / held["bent"]).read_bytes() + b" ")
    found = gathered(desk, tmp_path)
    assert [one.captured.call for one in found.cases] == ["good"]
    assert [why.partition(":")[0] for why in found.lacking] == ["gone", "bent", "mute", "lost"]
    assert "MISSING" in found.lacking[0]
    assert "DAMAGED" in found.lacking[1]
    assert "no input" in found.lacking[2]
    assert "could not be captured" in found.lacking[3]


def test_what_is_no_capture_is_said(tmp_path: Path) -> None:
    desk, incident = caught(tmp_path)
    for name, raw in (("a", b"[1]"), ("b", b"no json")):
        digest = keep_bytes(tmp_path, raw)
        desk.do(c.RecordCaptures(incident, (e.CallCaptured(incident, name, digest),)))
    assert all("is no captured call" in why for why in gathered(desk, tmp_path).lacking)
    assert len(gathered(desk, tmp_path).lacking) == 2


def test_the_verdict_goes_along_and_a_rollbacks_calls_too(tmp_path: Path) -> None:
    desk = Desk().to("full.1")
    desk.write(
        e.SampleJudged("full.1", (e.Judgement("c-1", "wrong", "the sum is off"),)), who=OWNER
    )
    desk.roll_back()
    digest = keep_bytes(tmp_path, as_evidence(a_call(), "calls", None))
    desk.write(e.CallCaptured("rb-1", "c-1", digest))
    (one,) = captured(desk.state)
    assert (one.judged, one.note, one.rollback) == ("wrong", "the sum is off", "rb-1")
    told = json.loads(line(gathered(desk, tmp_path).cases[0], "promptfoo"))
    assert told["description"].endswith("judged wrong")


def test_one_incident_alone(tmp_path: Path) -> None:
    desk, incident = caught(tmp_path, a_call())
    desk.now += 60
    desk.do(c.OpenIncident(3, "another"))
    assert [one.call for one in captured(desk.state, incident)] == ["c-1"]
    with pytest.raises(Refused, match="there is no incident inc-9"):
        captured(desk.state, "inc-9")
