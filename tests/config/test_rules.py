"""Rules of a team's own and what is watched, as `warroom.toml` says them."""

import re
from typing import Any

import pytest

from config.guide import metric_rules, watch_limits, watch_rules
from config.load import ConfigError, parse
from config.model import Deployment
from config.watch import Watch
from tests.config.sample import longer

GOOD = {
    "id": '"slow"',
    "metric": '"latency-p95"',
    "window_s": "600",
    "over": "2.0",
    "recipient": '"rollback-owner"',
}


def rule(**changes: str | None) -> str:
    """A rule in TOML; None leaves a key out."""
    keys = {**GOOD, **changes}
    lines = [f"{name} = {value}" for name, value in keys.items() if value is not None]
    return "\n".join(["[[rules]]", *lines, ""])


def problem(text: str) -> str:
    """The only problem of the config, without file and line."""
    with pytest.raises(ConfigError) as caught:
        parse(longer(text).encode())
    (one,) = caught.value.problems
    assert re.match(r"warroom\.toml:\d+: ", one)
    return one.partition(": ")[2]


def read(text: str) -> Deployment:
    return parse(longer(text).encode())


def test_a_rule_and_what_it_leaves_out() -> None:
    (one,) = read(rule()).rules
    assert (one.limit, one.for_s, one.severity, one.feed) == (2.0, 0, "ticket", None)
    assert one.broken_by(2.01)
    assert not one.broken_by(2.0)
    (other,) = read(rule(over=None, under="1.0")).rules
    assert other.broken_by(0.99)
    assert not other.broken_by(1.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": '"Slow"'}, "rules[0].id: a rule's id holds only a-z, 0-9 and hyphens, at most 40"),
        ({"id": None}, "rules[0].id: is missing"),
        (
            {"window_s": "90"},
            "rules[0].window_s: must be whole minutes: a multiple of 60, such as 120",
        ),
        ({"window_s": "0"}, "rules[0].window_s: must be at least 60"),
        ({"window_s": "86460"}, "rules[0].window_s: must be at most 86400"),
        ({"window_s": "600.5"}, "rules[0].window_s: must be a whole number"),
        ({"for_s": "-60"}, "rules[0].for_s: must be at least 0"),
        ({"for_s": "61"}, "rules[0].for_s: must be whole minutes: a multiple of 60, such as 120"),
        ({"over": None}, "rules[0]: needs one of `over` and `under`"),
        ({"under": "1.0"}, "rules[0]: needs one of `over` and `under`"),
        ({"over": "nan"}, "rules[0].over: must be a finite number"),
        ({"over": "-1.0"}, "rules[0].over: must be at least 0"),
        (
            {"metric": '"error-rate"', "over": "5.0"},
            "rules[0].over: 5 can never be exceeded; a rate is at most 1",
        ),
        (
            {"recipient": '"legal"'},
            'rules[0].recipient: nobody in `people` has the role "legal" (one of: rollback-owner)',
        ),
        ({"feed": '"cals"'}, 'rules[0].feed: there is no feed "cals" (one of: calls)'),
    ],
)
def test_each_problem_is_one_sentence(changes: dict[str, str | None], sentence: str) -> None:
    assert problem(rule(**changes)) == sentence


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        (
            {"metric": '"latency"'},
            '"latency" is not a metric for a rule; did you mean "latency-p95"?',
        ),
        ({"metric": '"accuracy"'}, '"accuracy" is not a metric for a rule'),
        ({"severity": '"pge"'}, 'did you mean "page"?'),
        ({"recipient": '"techlead"'}, '"techlead" is not a role; did you mean "tech-lead"?'),
        ({"wndow_s": "60"}, 'did you mean "window_s"?'),
    ],
)
def test_what_was_meant(changes: dict[str, str | None], near: str) -> None:
    assert near in problem(rule(**changes))


def test_two_rules_of_one_name() -> None:
    assert problem(rule() + rule()) == 'rules[1].id: "slow" is the id of an earlier rule'


def test_a_feed_without_numbers() -> None:
    am = '[feeds.am]\nkind = "alertmanager"\nurl = "http://127.0.0.1:9093"\n'
    assert problem(am + rule(feed='"am"')) == 'rules[0].feed: feed "am" gives no numbers'


def test_the_guides_limits_stay_what_they_are() -> None:
    plain, ruled = read(""), read(rule(over="9999.0"))
    for metric in metric_rules():
        assert plain.limit(metric.id) == ruled.limit(metric.id)


def test_what_is_watched_without_a_word_is_the_guides() -> None:
    watch = read("").watch
    assert watch == Watch.default()
    defaults = watch_limits()
    assert watch.source_share == defaults["source_share"]
    assert list(watch.phrases) == defaults["phrases"]
    assert [(b.times, b.long_s, b.short_s) for b in watch.burn] == [
        (14.4, 3600, 300),
        (6.0, 21600, 1800),
    ]


def test_watch_overrides_what_it_names() -> None:
    watch = read('[watch]\nsource_calls = 200\nphrases = ["open sesame"]\n').watch
    assert (watch.source_calls, watch.phrases) == (200, ("open sesame",))
    assert watch.source_share == Watch.default().source_share


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "sorce_share = 0.5",
            'watch.sorce_share: is not a known key; did you mean "source_share"?',
        ),
        ("source_share = 1.5", "watch.source_share: must be a fraction between 0 and 1"),
        ("source_calls = 3", "watch.source_calls: must be at least 20"),
        ("window_s = 30", "watch.window_s: must be whole minutes: a multiple of 60, such as 60"),
        ('phrases = ["a"]', 'watch.phrases: "a" is too short: it would be found everywhere'),
        ('off = ["versoin"]', 'did you mean "version"?'),
        (
            "burn = [{ times = 2.0, long_s = 300, short_s = 300 }]",
            "watch.burn[0].short_s: must be shorter than `long_s`",
        ),
        ("burn = [{ times = 2.0, long_s = 300 }]", "watch.burn[0].short_s: is missing"),
    ],
)
def test_problems_of_watch(text: str, sentence: str) -> None:
    assert sentence in problem(f"[watch]\n{text}\n")


def test_watch_must_be_a_table() -> None:
    text = longer("").replace("version = 1", "version = 1\nwatch = 3", 1)
    with pytest.raises(ConfigError, match="watch: must be a table"):
        parse(text.encode())


def test_everything_watched_has_somebody_to_tell() -> None:
    ids = [one.id for one in watch_rules()]
    assert len(set(ids)) == len(ids) == 6
    guide: Any = {role for one in metric_rules() for role in one.recipients}
    assert {role for one in watch_rules() for role in one.recipients} <= guide
