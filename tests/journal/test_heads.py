"""The statement that is signed and the line that is pasted: what they say is read back exactly."""

import quopri
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.journal.chain import Mark
from console.journal.heads import (
    Heads,
    anchor,
    digest,
    parse_anchors,
    parse_statement,
    statement,
)

AT = "2026-11-26T09:50:00Z"
ONE = Heads("0f3a9c5e12345678", AT, {"host-1a2b3c4d": Mark(1234, "ab" * 32)})
TWO = Heads("0f3a9c5e12345678", AT, {"other.host-00000001": Mark(7, "cd" * 32), **ONE.marks})
MARKS = st.dictionaries(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,30}-[0-9a-f]{8}", fullmatch=True),
    st.builds(Mark, st.integers(1, 10**9), st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
    min_size=1,
    max_size=4,
)


@given(MARKS)
def test_both_are_read_back(marks: dict[str, Mark]) -> None:
    heads = Heads("0f3a9c5e12345678", AT, marks)
    text, line = statement(heads), anchor(heads)
    assert parse_statement(text) == heads
    assert text.isascii()
    assert text.endswith("\n")
    (read,) = parse_anchors(line)
    assert read.seqs == {name: mark.seq for name, mark in marks.items()}
    assert (read.deployment, read.at, read.entries) == (heads.deployment, AT, heads.entries)
    assert read.digest == digest(marks)
    assert not line.split()[1:]


def test_one_writers_anchor_shows_the_head_itself() -> None:
    assert anchor(ONE).startswith(
        f"warroom-anchor/1;0f3a9c5e12345678;{AT};1234;host-1a2b3c4d:1234;{'ab' * 32};"
    )
    assert anchor(TWO).split(";")[3:5] == ["1241", "host-1a2b3c4d:1234,other.host-00000001:7"]


@given(st.data())
def test_no_two_states_have_one_line(data: st.DataObject) -> None:
    first, second = data.draw(MARKS), data.draw(MARKS)
    lines = [anchor(Heads("0f3a9c5e12345678", AT, marks)) for marks in (first, second)]
    assert (lines[0] == lines[1]) == (first == second)


@pytest.mark.parametrize("heads", [ONE, TWO])
def test_a_line_survives_what_mail_does_to_it(heads: Heads) -> None:
    line = anchor(heads)
    for width in (20, 64, 76):
        wrapped = "\n".join(textwrap.wrap(line, width, break_on_hyphens=True))
        quoted = "".join(f"> > {part}\n" for part in wrapped.splitlines())
        for text in (
            wrapped,
            quoted,
            f"Dear all,\n\n{quoted}\nRegards\n",
            f"`{line}`",
            f"*{line}*",
        ):
            (read,) = parse_anchors(text)
            assert read.digest == digest(heads.marks)
    printable = quopri.encodestring(f"The anchor: {line} as agreed\n".encode()).decode()
    assert "=\n" in printable
    assert parse_anchors(printable)[0].seqs == parse_anchors(line)[0].seqs
    assert parse_anchors(line.replace(";", ";\u200b\u00a0"))[0].at == AT
    assert len(parse_anchors(f"{anchor(ONE)}\nand then\n{anchor(TWO)}\n")) == 2


@pytest.mark.parametrize("heads", [ONE, TWO])
def test_a_line_that_was_changed_accuses_nobody(heads: Heads) -> None:
    line = anchor(heads)
    for place in range(len(line)):
        for char in ("0", "1", "x"):
            changed = line[:place] + char + line[place + 1 :]
            if changed != line:
                with pytest.raises(ValueError, match=r"changed on its way|not whole|no anchor"):
                    parse_anchors(changed)
        if place > 20:
            with pytest.raises(ValueError, match="not whole"):
                parse_anchors(line[:place])


def test_a_statement_is_read_only_if_it_is_exactly_one() -> None:
    text = statement(TWO)
    first, last = text.splitlines(keepends=True)[-2:]
    for other in (
        text[:-1],
        text + "\n",
        text.replace("\n", "\r\n"),
        text.replace("entries 1241", "entries 1240"),
        text.replace(first + last, last + first),
        text.replace(last, last + last),
        text.replace("heads 1", "heads 2"),
        "",
    ):
        with pytest.raises(ValueError, match="statement"):
            parse_statement(other)


def test_what_has_no_head_or_an_odd_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no entry yet"):
        anchor(Heads("0f3a9c5e12345678", AT, {}))
    for name in ("a b", "a;b", "a,b", "a:b", "", "é", "a\nwriter b 1 c"):
        with pytest.raises(ValueError, match="no name"):
            statement(Heads("0f3a9c5e12345678", AT, {name: Mark(1, "ab" * 32)}))
