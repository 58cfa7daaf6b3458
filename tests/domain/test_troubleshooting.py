"""The troubleshooting table: eleven rows, each beside what looks like it."""

import pytest

from config.guide import (
    escalation_rows,
    metric_rules,
    trigger_rules,
    trouble_rows,
    watch_rules,
)
from console.domain.troubleshooting import rows_for, search


def test_it_has_the_guides_eleven_rows() -> None:
    rows = trouble_rows()
    assert len(rows) == len({row.id for row in rows}) == 11
    for row in rows:
        assert row.symptom
        assert row.cause
        assert row.fix
        assert row.matches, f"{row.id} is shown beside nothing"


def test_every_match_is_something_that_the_console_shows() -> None:
    known = {
        *(f"alert:{rule.id}" for rule in metric_rules()),
        *(f"alert:watch:{rule.id}" for rule in watch_rules()),
        *(f"trigger:{rule.id}" for rule in trigger_rules()),
        *(f"row:{row.id}" for row in escalation_rows()),
        *("row:missed", "feed:down", "feed:stale"),
    }
    named = {match for row in trouble_rows() for match in row.matches}
    assert named <= known
    assert known - named == set(), "a person who looks at these is left alone"


@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        ("alert", "spend-rate", "cost-spike"),
        ("alert", "cross-check:latency-p95", "slow-in-production"),
        ("alert", "watch:override", "odd-inputs"),
        ("trigger", "incorrect-outputs", "wrong-in-production"),
        ("trigger", "escalation-rate", "escalation-spike"),
        ("row", "missed", "reviewer-silent"),
        ("feed", "down", "no-data"),
    ],
)
def test_what_is_seen_has_its_rows(kind: str, name: str, first: str) -> None:
    assert rows_for(kind, name)[0].id == first


def test_what_looks_like_nothing_has_none() -> None:
    assert rows_for("alert", "rule:dear-calls") == ()
    assert rows_for("trigger", "") == ()


def test_all_words_must_be_there_in_any_case() -> None:
    assert {row.id for row in search("rate limits")} == {"slow-in-production"}
    assert search("rate limits injection") == ()
    assert len(search("")) == len(search("  . ")) == 11
