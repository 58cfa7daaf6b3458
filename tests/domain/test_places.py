"""Places in the journal, as people write them."""

from datetime import UTC, datetime

import msgspec
import pytest

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.places import KINDS, place_of, within
from console.domain.refused import Refused
from tests.domain.build import Desk

DAY = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
NOON = DAY + 12 * 3600


@pytest.fixture
def entries() -> list[Entry]:
    desk = Desk().to("shadow.1")
    desk.write(e.NoteWritten("later"))
    return desk.entries


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T14:02:31Z", DAY + 14 * 3600 + 151),
        ("2026-11-20 14:02:31", DAY + 14 * 3600 + 151),
        ("2026-11-20T14:02:31.250+02:00", DAY + 12 * 3600 + 151.25),
        (" 14:02 ", DAY + 14 * 3600 + 120),
        ("9:05:07Z", DAY + 9 * 3600 + 307),
        ("+2h", NOON + 7200),
        ("-10m", NOON - 600),
        ("-90 s", NOON - 90),
        ("+1d", NOON + 86400),
    ],
)
def test_a_time(text: str, moment: float, entries: list[Entry]) -> None:
    assert place_of(text, entries, NOON) == moment


def test_an_entry(entries: list[Entry]) -> None:
    writer = entries[0].writer
    assert place_of("#2", entries, NOON) is entries[1]
    assert place_of(f"{writer}/2", entries, NOON) is entries[1]
    assert place_of("first", entries, NOON) is entries[0]
    assert place_of("last", entries, NOON) is entries[-1]
    gate = place_of("gate", entries, NOON)
    assert isinstance(gate, Entry)
    assert gate.kind == "gate.decided"
    assert "shadow" in bytes(gate.data).decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("noon", r'"noon" is no place in the record; write a time \(2026'),
        ("", "is no place in the record"),
        ("25:00", '"25:00" is no time of day'),
        ("2026-02-30T10:00:00Z", "is no place in the record"),
        ("#9999", "there is no entry 9999: they are numbered from 1 to"),
        ("#0", "there is no entry 0"),
        ("somebody/1", r"no writer is called somebody \(one of: "),
    ],
)
def test_what_is_none(text: str, why: str, entries: list[Entry]) -> None:
    with pytest.raises(Refused, match=why):
        place_of(text, entries, NOON)


def test_several_writers_are_told_apart(entries: list[Entry]) -> None:
    other = msgspec.structs.replace(entries[1], writer="west-1234beef", h="z")
    both = [*entries, other]
    name, most = entries[0].writer, len(entries)
    with pytest.raises(
        Refused, match=f"several wrote an entry 2: write {name}/2 or west-1234beef/"
    ):
        place_of("#2", both, NOON)
    assert place_of("#3", both, NOON) is entries[2], "only one has an entry of that number"
    assert place_of("west-1234beef/2", both, NOON) is other
    assert place_of("beef/2", both, NOON) is other, "as it is shown"
    with pytest.raises(Refused, match=r"no entry 3: they are numbered from 1 to 2$"):
        place_of("beef/3", both, NOON)
    said = (
        f"no entry 9999: they are numbered from 1 to {most} of {name} and 1 to 2 of west-1234beef$"
    )
    with pytest.raises(Refused, match=said):
        place_of("#9999", both, NOON)
    third = msgspec.structs.replace(other, writer="east-5678beef")
    with pytest.raises(Refused, match="several writers' names end in beef: east-5678beef, west-"):
        place_of("beef/2", [*both, third], NOON)


def test_no_gate_was_decided() -> None:
    desk = Desk()
    desk.write(e.NoteWritten("first"))
    with pytest.raises(Refused, match="no gate was decided"):
        place_of("gate", desk.entries, NOON)


def test_the_record_has_ends() -> None:
    assert within(NOON, DAY, NOON) == NOON
    assert within(DAY - 0.5, DAY, NOON) == DAY, "a time written to the second"
    with pytest.raises(Refused, match="2026-11-19T23:59:50Z is before the record, which begins at"):
        within(DAY - 10, DAY, NOON)
    with pytest.raises(Refused, match="is after the record, which ends at 2026-11-20T12:00:00Z"):
        within(NOON + 10, DAY, NOON)


def test_what_jumps_lead_to_is_in_the_table_of_kinds() -> None:
    assert set(KINDS) <= {kind.__struct_config__.tag for kind in msgspec_kinds()}


def msgspec_kinds() -> list[type[msgspec.Struct]]:
    return [
        kind
        for kind in vars(e).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
