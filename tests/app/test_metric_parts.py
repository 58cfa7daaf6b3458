"""What a range is made of, and which calls of it are held: pure."""

from collections import Counter

import pytest

from console.domain.call import Call
from console.domain.histogram import histogram
from console.domain.minutes import REST, Minute
from console.domain.notable import CUT
from console.domain.series import Series
from console.screens import call_views as cv
from console.screens import metric_parts as parts
from tests.app.hostile import ATTACK, FORBIDDEN, MARKUP
from tests.app.rooms import NOW

LAST = int(NOW // 60)
HOUR = range(LAST - 60, LAST)


def call(number: int, **changes: object) -> Call:
    values: dict[str, object] = {"at": NOW - 60 + number, "latency_s": 1.0, "version": "v2"}
    return Call(id=f"c{number}", **(values | changes))  # type: ignore[arg-type]  # a test's keywords


def one_minute(**fields: object) -> dict[str, Series]:
    held = Series()
    held.put(LAST - 1, Minute(**fields))  # type: ignore[arg-type]  # a test's keywords
    names = ("error-rate", "escalation-rate", "cost-per-call", "traffic", "latency-p95")
    return dict.fromkeys(names, held)


def test_failed_come_first_then_flagged_escalated_and_slow() -> None:
    calls = [
        call(1), call(2, latency_s=5.0), call(3, escalation="e"), call(4, flags=("f",)),
        call(5, error="e"), call(6, latency_s=None),
    ]  # fmt: skip
    held = parts.held_calls([parts.Held(calls, lambda _: ())], range(LAST - 1, LAST))
    assert [one.id for one in held] == ["c5", "c4", "c3", "c2", "c1", "c6"]


def test_each_call_is_held_once_and_whole_where_it_can_be() -> None:
    whole, short = call(1, input="x" * 9), call(1, input="x")
    notable = parts.Held([whole, whole], lambda _: [short, call(2)])
    held = parts.held_calls([notable, parts.Held([], lambda _: ())], HOUR)
    assert [(one.id, len(one.input)) for one in held] == [("c1", 9), ("c2", 0)]
    outside = parts.Held([call(1, at=NOW)], lambda _: ())
    assert parts.held_calls([outside], HOUR) == []


def test_the_breakdown_sums_the_range_by_kind() -> None:
    sources = one_minute(
        calls=200, errors=10, escalations=4, cost=3.0, costed=200,
        errors_by={"timeout": 6, REST: 1, **{f"e{n}": 1 for n in range(3)}},
        escalations_by={f"r{n}": 1 for n in range(10)}, cost_by={"m": 2.0, "": 1.0},
    )  # fmt: skip
    found = parts.breakdown(sources, HOUR, [call(1, latency_s=9.0)], "USD")
    errors = [part for part in found if part.section.startswith("errors")]
    assert errors[0].section == "errors · 10 of 200 calls (5.00 %)"
    assert [(p.name, p.amount, p.id) for p in errors] == [
        ("timeout", "6 60 %", "error:timeout"), ("e0", "1 10 %", "error:e0"),
        ("e1", "1 10 %", "error:e1"), ("e2", "1 10 %", "error:e2"), ("others", "1 10 %", ""),
    ]  # fmt: skip
    reasons = [part for part in found if part.section.startswith("escalations")]
    assert (len(reasons), reasons[-1].name, reasons[-1].amount) == (9, "others", "2 20 %")
    assert [(p.name, p.amount) for p in found if p.section == "cost by model · $3.00"] == [
        ("m", "$2.00 67 %"), ("not named", "$1.00 33 %"),
    ]  # fmt: skip
    assert found[-1].id == "call:c1"
    assert found[-1].amount == "9.00 s"


def test_a_breakdown_of_nothing_is_sentences() -> None:
    empty = Series()
    names = ("error-rate", "escalation-rate", "cost-per-call")
    found = parts.breakdown(dict.fromkeys(names, empty), HOUR, [], "USD")
    assert [(p.section, p.name) for p in found] == [
        ("errors · not known", "no call is told of"),
        ("escalations · not known", "no call is told of"),
        ("cost by model · –", "no call carries a cost"),
        ("slowest calls · of 0 held", "no call of this range is held"),
    ]
    sources = one_minute(calls=9, errors=2, cost=1.0, costed=9, blank={"escalations": 9})
    names_ = [p.name for p in parts.breakdown(sources, HOUR, [], "USD")]
    assert names_[:3] == [
        "the feed names no error",
        "no call is told of",
        "the feed names no model",
    ]
    sources = one_minute(calls=9)
    assert [p.name for p in parts.breakdown(sources, HOUR, [], "USD")][:2] == ["none", "none"]


def test_the_latencies_of_a_range_with_their_quantiles() -> None:
    sources = one_minute(calls=100, latency=histogram([(1.0, 94), (4.0, 6)]))
    view = parts.latency_view(sources["latency-p95"], HOUR, "last 1h", 3.0)
    assert view.title == "latency · last 1h · n 100"
    assert sum(count for _, count in view.groups) == 100
    assert [(name, round(value, 1)) for name, value in view.marks] == [
        ("p50", 1.0), ("p95", 4.0), ("p99", 4.0),
    ]  # fmt: skip
    direct = Series()
    direct.put_value("latency-p95", LAST - 1, 2.0)
    view = parts.latency_view(direct, HOUR, "last 1h", None)
    assert (view.groups, view.marks) == ((), ())
    assert "gives the p95 alone" in view.said


def test_versions_and_variants_stand_side_by_side() -> None:
    calls = [
        *(call(n, error="e" * (n < 2), cost=0.02, latency_s=n / 10) for n in range(1, 41)),
        *(call(n, version="v1", variant="control", latency_s=2.0) for n in range(41, 51)),
        call(51, synthetic=True, version="probe"),
        call(52, at=NOW - 7200, version="old"),
        call(1),  # told again
    ]
    on_record, controls = Counter({"v2": 900}), {"v1": 40}
    view = parts.compare_view(calls, HOUR, on_record, "last 1h", "USD", controls)
    assert view.heads == ("v2", "v1 control")
    rows = dict(view.rows)
    assert rows["calls"] == ("40", "10")
    assert rows["on record, whole range"] == ("900", "40")
    assert rows["error rate"][1] == "0.0 % (0.0–27.8 %)"
    assert rows["latency p95"] == ("3.80 s", "2.00 s")
    assert rows["cost per call"] == ("$0.020", "not known")
    assert sum(shares[0] for _, shares in view.spread) == pytest.approx(1.0)
    assert sum(shares[1] for _, shares in view.spread) == pytest.approx(1.0)
    assert "50 of the latest 51 calls that are held whole" in view.said


def test_nothing_to_compare_is_said() -> None:
    view = parts.compare_view([], HOUR, Counter(), "last 1h", "USD")
    assert (view.heads, "nothing to compare" in view.said) == ((), True)
    untimed = parts.compare_view([call(1, latency_s=None)], HOUR, Counter(), "last 1h", "USD")
    assert untimed.spread == ()
    assert dict(untimed.rows)["latency p95"] == ("not known",)


@pytest.mark.parametrize(
    ("held", "counted", "recorded_to", "known", "said"),
    [
        (0, 0, None, False, "nothing is known of this time"),
        (0, 0, LAST, True, "no call in this time"),
        (8, 8, None, True, "8 calls, all of them"),
        (8, 31, None, True, "8 of 31 calls are held"),
        (
            0,
            31,
            LAST,
            True,
            "this time was read before this console was opened; the sums of its 31",
        ),
        (0, 31, LAST - 9, True, "its calls are not held: the feed gives sums alone"),
        (0, 31, None, True, "its calls are not held: the feed gives sums alone"),
        (3, 0, None, False, "3 calls, all of them"),
    ],
)
def test_why_calls_are_not_there_is_a_sentence(
    held: int, counted: float, recorded_to: int | None, known: bool, said: str
) -> None:
    words = cv.held_words(held, counted, range(LAST - 1, LAST), recorded_to, known)
    assert words.startswith(said)


def test_a_call_is_told_with_what_went_wrong() -> None:
    bad = call(
        1, error="timeout", flags=("pii",), escalation="policy", tokens_in=1800, tokens_out=300,
        tools=("search", "write", "write"), tools_failed=("write", "gone"), variant="control",
    )  # fmt: skip
    row = cv.call_view(bad, "USD")
    assert row.trouble == "✗ failed: timeout · ▲ flagged: pii · ◆ escalated: policy"
    assert row.tools == "✗ write failed, ✗ gone failed, search, write"
    assert (row.version, row.tone, row.tokens) == ("v2 · control", "warn", "1,800+300 tok")
    assert cv.call_view(call(2, synthetic=True), "USD").version == "v2 · synthetic"
    assert cv.call_view(call(2, latency_s=None), "USD").latency == "–"


def test_every_text_of_a_call_is_literal_and_cleaned() -> None:
    names = ("error", "escalation", "version", "model", "input", "output", "correction", "user")
    dirty = call(1, **dict.fromkeys(names, ATTACK), tools=(ATTACK,), flags=(ATTACK,))
    texts = cv.call_texts(dirty)
    facts = cv.call_facts(dirty, "USD", NOW)
    for shown in (texts.plain, facts.plain, *(str(v) for v in vars_of(cv.call_view(dirty, "USD")))):
        assert not FORBIDDEN & set(shown)
    assert texts.plain.count(MARKUP) == 6
    assert not any("@click" in str(span.style) for span in (*texts.spans, *facts.spans))


def vars_of(view: object) -> list[str]:
    return [str(getattr(view, name)) for name in type(view).__slots__ if name != "id"]  # type: ignore[attr-defined]  # a dataclass with slots


def test_a_call_that_is_cut_or_without_texts_says_so() -> None:
    assert "held cut" in cv.call_texts(call(1, input="x" + CUT)).plain
    assert "neither input nor output" in cv.call_texts(call(1)).plain
    lines = cv.call_texts(call(1, input="two\nlines\ttab")).plain
    assert lines == "input\ntwo\nlines tab"


def test_of_a_kind() -> None:
    calls = [call(1, error="a"), call(2, error="b"), call(3, model="m")]
    feeds = [parts.Held(calls[:2], lambda _: calls[1:])]
    assert [c.id for c in parts.held_calls(feeds, HOUR, "error", "a")] == ["c1"]
    assert [c.id for c in parts.held_calls(feeds, HOUR, "model", "m")] == ["c3"]
    assert len(parts.held_calls(feeds, HOUR)) == 3
