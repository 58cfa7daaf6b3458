"""Quiet hours and the times of notices: what is refused, in one sentence, and what is not."""

import pytest

from config.load import ConfigError, parse
from config.quiet import is_quiet, quiet_together
from tests.config.sample import changed, longer

LEADS = """
[[people]]
name = "first lead"
roles = ["agent-lead", "tech-lead", "bu-operations-lead"]
{lead}
[[people]]
name = "second lead"
roles = ["agent-lead", "tech-lead", "bu-operations-lead"]
{deputy}
"""
NIGHT = 'quiet = "22:00-07:00"\nzone = "Europe/London"'
NIGHT_THERE = 'quiet = "22:00-07:00"\nzone = "America/Los_Angeles"'
DAY = 'quiet = "07:00-22:00"\nzone = "Europe/London"'


def refused(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    return list(caught.value.problems)


def leads(lead: str = "", deputy: str = "", more: str = "") -> str:
    return longer(LEADS.format(lead=lead, deputy=deputy) + more)


@pytest.mark.parametrize(
    ("lead", "deputy"), [(NIGHT, ""), (NIGHT, DAY), ("", ""), (NIGHT, 'zone = "Asia/Tokyo"')]
)
def test_quiet_hours_are_fine_while_somebody_is_awake(lead: str, deputy: str) -> None:
    assert parse(leads(lead, deputy).encode()).people[1].quiet == ("22:00-07:00" if lead else "")


def test_the_only_one_who_is_told_has_none() -> None:
    (said,) = refused(leads(NIGHT, NIGHT))
    assert said == (
        'warroom.toml:27: people[1].quiet: "first lead" and "second lead" are the only '
        "ones told of the accuracy, and at 00:00Z nobody would be: name another with the role "
        '"agent-lead", '
        "or leave quiet hours out"
    )
    alone = LEADS.partition('[[people]]\nname = "second lead"')[0].format(lead=NIGHT)
    assert '"first lead" is the only one told of the accuracy' in refused(longer(alone))[0]


def test_two_far_apart_cover_for_each_other_only_while_one_is_awake() -> None:
    assert "at 06:00Z nobody would be" in refused(leads(NIGHT, NIGHT_THERE))[0]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('quiet = "10pm-7am"', 'people[1].quiet: must be hours such as "22:00-07:00"'),
        ('quiet = "07:00-07:00"\nzone = "UTC"', "people[1].quiet: must be hours"),
        ('quiet = "22:00-24:00"\nzone = "UTC"', "people[1].quiet: must be hours"),
        ('quiet = "22:00-07:00"', 'people[1].quiet: needs `zone` beside it, such as "Europe/Lond'),
        (f'{NIGHT}"'.replace('London""', 'Londn"'), 'people[1].zone: "Europe/Londn" is not a time'),
        ('zone = "../etc/passwd"', 'people[1].zone: "../etc/passwd" is not a time zone'),
        ("quiet_critical = true", "people[1].quiet_critical: critical notices wait for no quiet"),
        ('critical_quiet = "1"', "people[1].critical_quiet: critical notices wait for no quiet"),
        ('quite = "22:00-07:00"', 'people[1].quite: is not a known key; did you mean "quiet"?'),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(keys: str, problem: str) -> None:
    (said,) = refused(leads(keys))
    assert problem in said


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[notices]\ngroup_wait_s = 301", "notices.group_wait_s: must be at most 300"),
        ("[notices]\ngroup_interval_s = 1", "notices.group_interval_s: must be at least 60"),
        ("[notices]\nrepeat_s = 60", "notices.repeat_s: must be at least 900"),
        ("[notices]\ncritical_repeat_s = 9000", "notices.critical_repeat_s: must be at most 7200"),
        ("[notices]\ngroup_wait = 1", 'did you mean "group_wait_s"?'),
        ('[console]\ndesktop = "osc8"', '"osc8" is not a value of `desktop`; did you mean "osc9"?'),
        ("[watch]\nheartbeat_every_s = 1", "watch.heartbeat_every_s: must be at least 10"),
        ("[watch]\nheartbeat = 5", 'watch.heartbeat: must be text, { env = "NAME" }'),
    ],
)
def test_times_have_sane_bounds(table: str, problem: str) -> None:
    (said,) = refused(longer(table))
    assert problem in said


def test_the_heartbeat_is_a_secret() -> None:
    made = parse(longer('[watch]\nheartbeat = "https://hc.example/5e3f"').encode())
    assert "5e3f" not in repr(made)
    assert "5e3f" not in made.model_dump_json()


def test_the_defaults() -> None:
    made = parse(changed('version = "v2.4.0"', 'version = "v2"').encode())
    assert made.notices.group_wait_s == 30.0
    assert (made.console.bell, made.console.desktop) == (True, "off")
    assert made.watch.heartbeat is None


def test_quiet_hours_over_midnight_and_within_a_day() -> None:
    noon = 1_796_126_400.0  # 2026-12-01T12:00:00Z
    assert not is_quiet("", "", noon)
    assert not is_quiet("22:00-07:00", "UTC", noon)
    assert is_quiet("22:00-07:00", "UTC", noon + 10 * 3600)
    assert not is_quiet("22:00-07:00", "UTC", noon + 19 * 3600)
    assert is_quiet("11:59-12:01", "UTC", noon)
    assert not is_quiet("11:00-12:00", "UTC", noon)
    assert quiet_together([]) == ""
    assert quiet_together([("22:00-07:00", "UTC"), ("", "")]) == ""
