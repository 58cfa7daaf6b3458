"""Who is told of what, at which hour, and which hours nobody's shift covers."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from config.load import parse
from config.model import Deployment
from console.domain.raising import ROWS
from console.domain.rota import covers, gaps, reached, sla_s, told_of_miss
from tests.domain.build import BUSINESS_LEAD, TOML, deployment

HOUR = 3600.0
LONDON = ZoneInfo("Europe/London")
PEOPLE = BUSINESS_LEAD + "".join(
    f'\n[[people]]\nname = "{name}"\nroles = ["{role}"]\nphone = "+44"'
    for name, role in (
        ("day reviewer", "reviewer"),
        ("night reviewer", "reviewer"),
        ("deputy", "observer"),
        ("night lead", "tech-lead"),
    )
)
PATH = '[escalation]\ninput = "x"\nreviewer = "day reviewer"\nbackup = "deputy"\n'


def made(rota: str = "", path: str = PATH, exposure: str = "customer-facing") -> Deployment:
    text = TOML.format(
        exposure=exposure, flags="", version="v2", extra="", business=PEOPLE, two="false"
    )
    return parse(f"{text}\n{path}{rota}".encode())


def shift(**keys: object) -> str:
    said = "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in keys.items())
    return f"[[escalation.rota]]\n{said}\n"


def london(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp()


def test_without_a_rota_the_reviewer_answers_at_all_hours() -> None:
    them = reached(made(), ROWS["escalate"], 0.0)
    assert (them.to, them.backup) == (("day reviewer",), "deputy")
    assert gaps(made(), 0.0) == []


def test_leads_back_each_other_up_and_at_once_tells_the_backup_too() -> None:
    of = made()
    assert reached(of, ROWS["safety-flag"], 0.0).backup == "tech lead"
    assert reached(of, ROWS["error-rate"], 0.0).backup == "agent lead"
    misuse = reached(of, ROWS["tool-misuse"], 0.0)
    assert misuse.to == ("agent lead", "tech lead", "night lead", "rollback owner")
    assert misuse.backup == "rollback owner"


def test_where_nobody_holds_the_role_the_rollback_owner_is_told() -> None:
    alone = deployment()
    them = reached(alone, ROWS["escalate"], 0.0)
    assert (them.to, them.backup) == (("rollback owner",), "")
    assert told_of_miss(alone, them.to, them.backup) == ("agent lead",)
    assert told_of_miss(alone, ("agent lead",), "tech lead") == ("tech lead",)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-12-01T08:00", "day reviewer"),  # a Tuesday
        ("2026-12-01T19:59", "day reviewer"),
        ("2026-12-01T20:00", "night reviewer"),
        ("2026-12-02T07:59", "night reviewer"),
        ("2026-12-05T03:00", "night reviewer"),  # Friday's night goes on into Saturday
        ("2026-12-05T09:00", "day reviewer"),  # nobody's shift: the one who is named
    ],
)
def test_a_shift_past_midnight_is_of_the_day_on_which_it_begins(at: str, who: str) -> None:
    week = ["mon", "tue", "wed", "thu", "fri"]
    rota = shift(days=week, hours="20:00-08:00", zone="Europe/London", primary="night reviewer")
    them = reached(made(rota), ROWS["escalate"], london(at))
    assert them.to == (who,)
    assert them.backup == "deputy"


def test_a_shift_keeps_its_local_hours_when_the_clocks_change() -> None:
    of = made(shift(hours="08:00-20:00", zone="Europe/London", primary="day reviewer"))
    assert of.escalation is not None
    (day,) = of.escalation.rota
    for date in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        assert covers(day, london(f"{date}T08:00"))
        assert not covers(day, london(f"{date}T07:59"))
        assert covers(day, london(f"{date}T19:59"))
        assert not covers(day, london(f"{date}T20:00"))
    found = gaps(of, london("2026-03-28T12:00"), 2 * 24 * HOUR)
    assert [(gap.end - gap.start) / HOUR for gap in found] == [11.0, 12.0], "spring takes an hour"


def test_uncovered_hours_of_the_week_are_found_by_role() -> None:
    days = ["mon", "tue", "wed", "thu", "fri"]
    rota = shift(days=days, primary="day reviewer") + shift(
        hours="08:00-20:00", role="tech-lead", primary="night lead"
    )
    monday = datetime.fromisoformat("2026-11-30T00:00+00:00").timestamp()
    found = gaps(made(rota), monday)
    weekend = [gap for gap in found if gap.role == "reviewer"]
    assert [(gap.start - monday, gap.end - monday) for gap in weekend] == [
        (5 * 24 * HOUR, 7 * 24 * HOUR)
    ]
    assert len([gap for gap in found if gap.role == "tech-lead"]) == 8
    both = rota + shift(days=["sat", "sun"], primary="night reviewer")
    assert not [gap for gap in gaps(made(both), monday) if gap.role == "reviewer"]


def test_the_first_shift_counts_and_one_for_a_row_goes_before() -> None:
    rota = (
        shift(primary="day reviewer")
        + shift(primary="night reviewer")
        + shift(row="latency", role="tech-lead", primary="night lead", backup="deputy")
    )
    of = made(rota)
    assert reached(of, ROWS["escalate"], 0.0).to == ("day reviewer",)
    assert reached(of, ROWS["latency"], 0.0).to == ("night lead",)
    assert reached(of, ROWS["latency"], 0.0).backup == "deputy"
    assert reached(of, ROWS["error-rate"], 0.0).to == ("tech lead", "night lead")


@pytest.mark.parametrize(
    ("exposure", "agreed", "expected"),
    [
        ("customer-facing", "", {"escalate": 900, "safety-flag": 900, "tool-misuse": 0}),
        ("internal", "", {"escalate": 3600, "safety-flag": 900, "latency": 1800}),
        ("internal", "sla_s = 600.0\n", {"escalate": 600, "error-rate": 900, "governance": 0}),
    ],
)
def test_the_guides_times_are_in_force_or_stricter_ones(
    exposure: str, agreed: str, expected: dict[str, int]
) -> None:
    of = made(path=PATH + agreed, exposure=exposure)
    assert {row: sla_s(of, ROWS[row]) for row in expected} == expected
