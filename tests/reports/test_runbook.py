"""The runbook: everything that somebody needs at night, in the order of doing."""

import shlex

import msgspec
import pytest

from config.guide import metric_rules, trigger_rules
from config.model import Integration
from console.reports.markdown import render
from console.reports.prompts import runbook_prompt
from console.reports.runbook import Runbook, runbook
from console.reports.runbook_document import runbook_document
from tests.domain.build import Desk
from tests.domain.build import deployment as bare
from tests.reports.made import ground, staffed

MODEL = Integration(
    id="llm",
    title="the model's API",
    url="https://llm.example/v1/models",
    expect_status=(200, 204),
)


def book(*integrations: Integration) -> Runbook:
    with_them = staffed().model_copy(update={"integrations": integrations})
    return runbook(ground(Desk(deployment=with_them)))


def text(told: Runbook) -> str:
    return render(runbook_document(told))


def test_each_integration_has_a_test_to_type_and_the_answer_to_expect() -> None:
    (check,) = book(MODEL).checks
    assert shlex.split(check.command)[-3:] == ["-X", "GET", "https://llm.example/v1/models"]
    assert check.expect.startswith("200 or 204")
    assert check.command in text(book(MODEL))


def test_a_hostile_url_stays_one_word_of_the_command() -> None:
    url = "https://x.example/;rm${IFS}-rf/'`id`"
    (check,) = book(Integration(id="x", title="x", url=url)).checks
    assert shlex.split(check.command)[-1] == url


def test_what_is_missing_is_told_first() -> None:
    assert "no integration is described, so their tests are not in section 1" in book().gaps
    empty = runbook(ground(Desk(deployment=bare(business=""))))
    assert "no rollback step is written: the kill switch has nothing to carry out" in empty.gaps
    assert "the rollback has no deputy" in empty.gaps
    assert "the rollback's owner rollback owner has no phone number" in empty.gaps
    assert "nobody holds bu-operations-lead, who is told of escalation-rate" in empty.gaps
    assert text(empty).split("\n\n")[1].startswith("**Not complete:")
    assert "NOBODY holds bu-operations-lead" in text(empty)


def test_the_logging_test_has_five_marks_and_every_field_that_must_be_logged() -> None:
    told = book()
    assert len({one.mark for one in told.inputs}) == 5
    assert told.log_within_s == 60
    fields = {field.name: field.read_as for field in told.fields}
    assert fields["output"] == "answer.text"  # as the deployment maps it
    assert fields["latency"] == "latency_s"  # as the preset knows it
    assert fields["input format"] == "format"
    assert "[invoke] is not written: the logging check is done by hand" in told.gaps


def test_each_metric_has_feed_limit_window_check_and_named_persons() -> None:
    told = {one.id: one for one in book().metrics}
    assert list(told) == [rule.id for rule in metric_rules()]
    assert told["escalation-rate"].recipients == ("first lead, +44 1", "business lead, +44 4")
    assert {name: one.limit for name, one in told.items()} == {
        "accuracy": "below 85 %",
        "escalation-rate": "above 25 %",
        "latency-p95": "above 3 s",
        "error-rate": "above 1 %",
        "cost-per-call": "above 0.06 USD",
        "spend-rate": "above 60 USD/h",
        "traffic": "above 5,000 calls/h, or below 200 calls/h for 15 min",
        "safety-flags": "any at all",
    }
    assert all(one.window and one.check and one.recipients for one in told.values())


def test_the_rollback_has_people_triggers_and_steps_in_the_order_of_doing() -> None:
    back = book().rollback
    assert (back.owner, back.deputies) == ("switch owner, +44 3", ("second lead, +44 2",))
    assert (back.target, back.budget_s) == ("v1", 900)
    assert [one.id for one in back.triggers] == [rule.id for rule in trigger_rules()]
    assert [step.id for step in back.steps] == ["traffic", "version"]
    assert [shlex.split(command)[4] for command in back.fire_now] == ["switch owner", "second lead"]
    traffic, version = back.steps
    assert traffic.shown_by == "GET https://router.example/share says share = 0"
    assert version.manual == "deploy v1"
    assert version.shown_by == "/usr/bin/version exits with 0 and prints serving v1"
    said = text(book())
    assert said.index("Step 1: Traffic back") < said.index("Step 2: Restore the stable version")
    assert "15 min from the trigger" in said


@pytest.mark.parametrize("secret", ["hunter2-feed", "hunter2-step"])
def test_no_secret_is_shown(secret: str) -> None:
    told = book(MODEL)
    for said in (text(told), runbook_prompt(told), msgspec.json.encode(told).decode()):
        assert secret not in said
        assert "ROUTER_TOKEN" in said


def test_the_prompt_names_steps_and_gaps() -> None:
    said = runbook_prompt(book())
    assert "step 1 Traffic back" in said
    assert "missing: no integration is described" in said
