"""What goes outside holds no name that is known, and says of itself where it was changed."""

import csv
import io
import json
import re
import time
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from console.domain import events as e
from console.domain.entry import Actor, Entry
from console.domain.events import KINDS, draft
from console.journal import Journal, Unwritable
from console.journal.export import export
from console.journal.redaction import PERSONS, Redactor
from console.journal.verify import verify, verify_copy
from tests.journal.desk import DEPLOYMENT, LEAD, Desk

DANA = Actor("Dana Olsen", ("agent-lead",))
KIM = Actor("Kim Ødegård", ("tech-lead",))
WATCHER = Actor("watcher")
PHONE = "+44 20 7946 0000"
SECRET = re.compile(
    "|".join(("dana", "olsen", "kim", "ødegård", "degard", "zoe", "7946 0000", "@")), re.I
)
DRAFTS = [
    draft(WATCHER, e.TriggerCleared("error-rate")),
    draft(DANA, e.NoteWritten("Dana called KIM ØDEGÅRD at 020 7946 0000; Olsen was out")),
    draft(DANA, e.NoteWritten("Olsen wrote to zoe.brand+x@claims.example.org, +49 (30) 901820")),
    draft(KIM, e.ItemPlanned("security", "Zoe Brand", date(2026, 12, 1), "")),
    draft(LEAD, e.NoteWritten("the agent lead and the reviewer looked at the root cause")),
    draft(LEAD, e.NoteWritten("Zoe Brand agrees, and so does zoe brand")),
    draft(LEAD, e.ItemConfirmed("logging", "tech-lead", e.Evidence("text", "five inputs by mail"))),
    draft(LEAD, e.ProbeRan("logging", True, "5 of 5 within 3 s", "ab" * 32, "v2")),
    draft(WATCHER, e.TriggerCleared("error-rate")),
]
NOTHING = Entry(
    LEAD,
    datetime(2026, 12, 1, tzinfo=UTC),
    1,
    msgspec.Raw(b"{}"),
    "",
    "note.written",
    "",
    1,
    1,
    "",
    "",
)


@pytest.fixture
def entries(desk: Desk) -> list[Entry]:
    journal = desk.open()
    journal.transact(lambda _: DRAFTS)
    return desk.open().read_new()


def _redactor(entries: list[Entry], rules: str = "names") -> Redactor:
    return Redactor(rules.split(","), entries, ["Dana Olsen", "Kim Ødegård"], [PHONE])


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "md"])
def test_no_known_name_address_or_number_is_left(
    desk: Desk, entries: list[Entry], fmt: str
) -> None:
    text = "".join(export(entries, fmt, desk.directory, _redactor(entries)))  # type: ignore[arg-type]  # pytest's parameters are plain text
    assert not SECRET.search(text)
    assert "person-1" in text.replace("\\", "")
    assert "root cause" in text


def test_pseudonyms_are_stable_and_tell_people_apart(desk: Desk, entries: list[Entry]) -> None:
    lines = "".join(export(entries, "jsonl", desk.directory, _redactor(entries))).splitlines()
    made = [json.loads(line) for line in lines]
    assert made[2]["actor"] == {"name": "person-1", "roles": ["agent-lead"]}
    assert made[2]["data"]["text"] == "person-1 called person-2 at phone-1; person-1 was out"
    assert made[3]["data"]["text"] == "person-1 wrote to address-1, phone-2"
    assert (made[4]["actor"]["name"], made[4]["data"]["owner"]) == ("person-2", "person-3")
    assert made[6]["data"]["text"] == "person-3 agrees, and so does person-3"
    again = "".join(export(entries, "jsonl", desk.directory, _redactor(entries))).splitlines()
    assert again == lines


def test_what_has_no_name_stays_the_original_and_the_rest_is_marked(
    desk: Desk, entries: list[Entry]
) -> None:
    before = desk.file().read_bytes().splitlines()
    lines = "".join(export(entries, "jsonl", desk.directory, _redactor(entries))).encode()
    after = lines.splitlines()
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [False, False, True, True, True, False, True, False, False, False]
    for old, new in zip(map(json.loads, before), map(json.loads, after), strict=True):
        assert new.get("redacted", False) == (old != new)
        assert [old[k] for k in ("h", "prev", "seq", "clock", "at", "writer", "kind")] == [
            new[k] for k in ("h", "prev", "seq", "clock", "at", "writer", "kind")
        ]
        assert old["data"].keys() == new["data"].keys()


def test_the_words_of_evidence_go_and_hashes_stay(desk: Desk, entries: list[Entry]) -> None:
    lines = "".join(export(entries, "jsonl", desk.directory, _redactor(entries, "evidence")))
    made = [json.loads(line) for line in lines.splitlines()]
    assert made[7]["data"]["evidence"] == {"kind": "text", "text": "[left out]"}
    assert (made[8]["data"]["summary"], made[8]["data"]["sha256"]) == ("[left out]", "ab" * 32)
    assert [one.get("redacted", False) for one in made] == [False] * 7 + [True, True, False]
    assert "Dana" in lines


def test_tables_and_timelines_mark_it_too(desk: Desk, entries: list[Entry]) -> None:
    table = "".join(export(entries, "csv", desk.directory, _redactor(entries)))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["redacted"] for row in rows][:3] == ["", "", "redacted"]
    timeline = "".join(export(entries, "md", desk.directory, _redactor(entries)))
    assert timeline.count("*redacted*") == 4


def _told(text: str, *people: str) -> str:
    """What becomes of a note."""
    raw = msgspec.Raw(msgspec.json.encode({"text": text}))
    entry = msgspec.structs.replace(NOTHING, data=raw)
    made, _ = Redactor(["names"], [], people).entry(entry)
    return str(msgspec.json.decode(made.data)["text"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MARIA will call", "person-1 will call"),
        ("ask Maria, or MARIA SCHMIDT-OLSEN", "ask person-1, or person-1"),
        ("SCHMIDT-OLSEN'S team; Schmidt, or OLSEN", "person-1'S team; person-1, or person-1"),
        ("he will, Will will, and WILL did", "he will, person-2 will, and person-2 did"),
        ("STRAUSS and Strauß", "person-2 and person-2"),
        ("a maritime case; Mariah; the Legal desk", "a maritime case; Mariah; the Legal desk"),
    ],
)
def test_parts_of_a_name_are_found_in_capitals(text: str, told: str) -> None:
    assert _told(text, "Maria Schmidt-Olsen", "Will Strauß Legal") == told


def test_letters_that_only_look_alike_in_capitals_end_nothing() -> None:
    assert _told("KIM and KİM and İda Berg", "Kim", "Ida Berg") == "person-1 and person and person"


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "1((" * 60_000, "+1" * 90_000, "a@" * 90_000, "(" * 200_000 + "x"]
)
def test_no_text_takes_long(text: str) -> None:
    """A text of somebody's that would keep a careless pattern busy for days."""
    redactor = Redactor(["names"], [], ["Dana Olsen"], [PHONE])
    raw = msgspec.Raw(msgspec.json.encode({"text": text}))
    entry = msgspec.structs.replace(NOTHING, data=raw)
    start = time.process_time()
    redactor.entry(entry)
    assert time.process_time() - start < 5


def test_a_rule_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r'no redaction of "name" \(there is: names, evidence\)'):
        Redactor(["name"], [])


def test_every_field_for_a_person_is_known() -> None:
    for kind, fields in PERSONS.items():
        names = {field.encode_name for field in msgspec.structs.fields(KINDS[kind])}
        assert names.issuperset(fields), kind


def _copy(desk: Desk, entries: list[Entry], place: Path, rules: str = "names") -> Path:
    """The redacted journal in a directory of its own."""
    (place / "journal").mkdir(parents=True)
    file = place / "journal" / desk.file().name
    file.write_text("".join(export(entries, "jsonl", desk.directory, _redactor(entries, rules))))
    return file


def test_a_redacted_copy_verifies_as_far_as_it_can(
    desk: Desk, entries: list[Entry], tmp_path: Path
) -> None:
    file = _copy(desk, entries, tmp_path / "copy")
    for report in (verify(tmp_path / "copy"), verify_copy(file)):
        (writer,) = report.writers
        assert report.ok
        assert (writer.entries, writer.redacted, writer.loose) == (10, 4, 0)
        assert writer.head == entries[-1].h
        assert writer.hashes == tuple(entry.h for entry in entries)
        assert "redacted" in report.unknown


def test_redacted_entries_at_the_end_are_said_to_hang_loose(
    desk: Desk, entries: list[Entry], tmp_path: Path
) -> None:
    file = _copy(desk, entries[:5], tmp_path / "copy")
    assert verify_copy(file).writers[0].loose == 3


def test_no_byte_of_an_unredacted_entry_can_be_changed(
    desk: Desk, entries: list[Entry], tmp_path: Path
) -> None:
    file = _copy(desk, entries, tmp_path / "copy")
    lines = file.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if b'"redacted":true' in line:
            continue
        for at in range(0, len(line) - 1, 7):
            changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
            file.write_bytes(b"".join([*lines[:number], changed, *lines[number + 1 :]]))
            (writer,) = verify(tmp_path / "copy").writers
            assert not writer.ok
            assert writer.line == number + 1, (number, at)


@pytest.mark.parametrize("key", ["h", "prev", "seq", "clock"])
def test_links_of_a_redacted_entry_hold_or_are_named(
    desk: Desk, entries: list[Entry], tmp_path: Path, key: str
) -> None:
    file = _copy(desk, entries, tmp_path / "copy")
    lines = file.read_bytes().splitlines()
    entry = json.loads(lines[3])
    entry[key] = entry[key] + 1 if isinstance(entry[key], int) else "0" * 64
    h = entry.pop("h")
    lines[3] = json.dumps(entry, sort_keys=True, separators=(",", ":"))[:-1].encode()
    lines[3] += b',"h":"%b"}' % h.encode()
    file.write_bytes(b"\n".join(lines) + b"\n")
    (writer,) = verify(tmp_path / "copy").writers
    assert not writer.ok
    assert writer.line in {4, 5}


def test_taking_out_or_turning_lines_is_found(
    desk: Desk, entries: list[Entry], tmp_path: Path
) -> None:
    file = _copy(desk, entries, tmp_path / "copy")
    lines = file.read_bytes().splitlines(keepends=True)
    for number in range(len(lines) - 1):
        file.write_bytes(b"".join([*lines[:number], *lines[number + 1 :]]))
        assert verify_copy(file).writers[0].line == number + 1
        turned = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
        file.write_bytes(b"".join(turned))
        assert verify_copy(file).writers[0].line == number + 1


@pytest.mark.parametrize("read_only", [True, False])
def test_a_redacted_copy_is_not_opened(
    desk: Desk, entries: list[Entry], tmp_path: Path, read_only: bool
) -> None:
    file = _copy(desk, entries, tmp_path / "copy")
    before = file.read_bytes()
    with pytest.raises(Unwritable, match=r"line 3: the entry is redacted.*journal verify"):
        Journal.open(
            tmp_path / "copy",
            DEPLOYMENT,
            clock=desk.clock,
            state_home=tmp_path / "other",
            config_hash="",
            read_only=read_only,
            genesis_actor=LEAD,
        )
    assert file.read_bytes() == before


def test_a_mark_in_the_journal_itself_excuses_nothing(desk: Desk, entries: list[Entry]) -> None:
    """Whoever marks an entry of the original as redacted has changed it."""
    lines = desk.file().read_bytes().splitlines(keepends=True)
    marked = lines[5].replace(b',"seq":', b',"redacted":true,"seq":')
    desk.file().write_bytes(b"".join([*lines[:5], marked, *lines[6:]]))
    (writer,) = verify(desk.directory, desk.state).writers
    assert (writer.ok, writer.line, writer.problem) == (False, 6, "the entry is redacted")
    with pytest.raises(Unwritable, match="redacted"):
        desk.open()
