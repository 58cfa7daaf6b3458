"""The rollback's item is bound to the way back that was drilled, and to the version it restores."""

import pytest

from config.load import validate
from config.model import Deployment
from console.domain import commands as c
from console.domain import events as e
from console.domain.refused import Refused
from console.domain.wayback import DRILL, way_back_hash
from tests.domain.build import LEAD, TECH, Desk
from tests.domain.test_checklist import status, why

ITEM = "rollback-ready"
CHANGED = "the way back, or the version it restores, has changed since"
PROBE = e.Evidence("probe", DRILL)
STEP = {
    "id": "off",
    "title": "Off",
    "kind": "http",
    "url": "http://h/off",
    "manual": "curl",
    "headers": {"Authorization": "t0ken"},
    "read_back": {"url": "http://h/state", "path": "on", "equals": False},
}
VALUES = {
    "version": 1,
    "deployment": "9f2c4e5d6b7a8091",
    "agent": {"name": "claims", "version": "v2.4.0", "stable_version": "v2.3.1"},
    "context": {"exposure": "internal"},
    "people": [{"name": "owner", "roles": ["rollback-owner"]}],
    "feeds": {"calls": {"kind": "jsonl", "path": "calls.jsonl"}},
    "rollback": {"owner": "owner", "steps": [STEP]},
}


def changed(table: str, **values: object) -> Deployment:
    return validate({**VALUES, table: {**VALUES.get(table, {}), **values}})  # type: ignore[dict-item]  # every table here is one


def drilled(of: str = "", *, passed: bool = True, **facts: object) -> Desk:
    """A desk on which a drill was made of the ways back with the hash `of`."""
    desk = Desk(**facts)
    desk.do(c.RecordProbe(DRILL, passed, "rollback-drill passed, in 41 s", "a" * 64), way_back=of)
    return desk


def test_what_the_hash_is_over() -> None:
    before = way_back_hash(validate(VALUES))
    assert way_back_hash(validate(VALUES)) == before
    switch = {"kind": "file", "file": "share.json", "path": "share"}
    others = [
        changed("agent", stable_version="v2.3.0"),
        changed("rollback", steps=[{**STEP, "url": "http://h/stop"}]),
        changed("rollback", steps=[]),
        changed("rollback", procedures={"shadow": {"steps": [STEP]}}),
        changed("rollback", procedures={"shadow": {"steps": [STEP], "target": "v1"}}),
        changed("traffic", switch=switch),
        changed("traffic", switch={**switch, "path": "part"}),
    ]
    assert len({before, *map(way_back_hash, others)}) == len(others) + 1
    same = [
        changed("agent", version="v2.5.0"),
        changed("rollback", drill={"replace": {"http://h": "http://drill"}}),
        changed("rollback", deputy=["owner"], fallback="by hand"),
        changed("rollback", steps=[{**STEP, "headers": {"Authorization": "an0ther"}}]),
    ]
    assert {before} == set(map(way_back_hash, same)), "owner, drill and secrets are no part of it"


def test_a_drill_is_evidence_until_the_way_back_changes() -> None:
    desk = drilled("a1")
    for role, who in (("tech-lead", TECH), ("agent-lead", LEAD)):
        (one,) = desk.do(c.ConfirmItem(ITEM, PROBE, role), who, way_back="a1")
        assert isinstance(one, e.ItemConfirmed)
        assert one.evidence == e.Evidence("probe", "rollback-drill passed, in 41 s", "a" * 64)
    assert status(desk, ITEM, way_back="a1").state == "confirmed"
    lapsed = status(desk, ITEM, way_back="b2")
    assert (lapsed.state, why(lapsed.lapses)) == (
        "expired",
        {"tech-lead": CHANGED, "agent-lead": CHANGED},
    )
    assert status(desk, ITEM, way_back="a1").state == "confirmed", "it was put back as it was"


def test_words_expire_with_the_way_back_too() -> None:
    desk = Desk()
    words = e.Evidence("text", "drill with the owner on Monday: 2 min 10 s")
    desk.do(c.ConfirmItem(ITEM, words, "tech-lead"), TECH, way_back="a1")
    assert status(desk, ITEM, way_back="a1").missing == ("agent-lead",)
    assert why(status(desk, ITEM, way_back="b2").lapses) == {"tech-lead": CHANGED}


def test_other_items_do_not_care() -> None:
    desk = Desk()
    desk.do(c.ConfirmItem("prompt-lock", e.Evidence("text", "read on Monday")), TECH, way_back="a")
    assert status(desk, "prompt-lock", way_back="b").lapses == ()


@pytest.mark.parametrize(
    ("desk", "now", "reason"),
    [
        (drilled("a1"), "b2", "has changed since the drill"),
        (drilled("a1", passed=False), "a1", "rollback-drill passed, in 41 s"),
        (Desk(), "a1", "was never run"),
    ],
)
def test_no_evidence(desk: Desk, now: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        desk.decide(c.ConfirmItem(ITEM, PROBE), TECH, way_back=now)


def test_a_confirmation_from_before_there_was_a_hash_holds() -> None:
    desk = Desk()
    evidence = e.Evidence("text", "drill with the owner on Monday")
    desk.write(e.ItemConfirmed(ITEM, "tech-lead", evidence))
    assert status(desk, ITEM, way_back="a1").lapses == ()
