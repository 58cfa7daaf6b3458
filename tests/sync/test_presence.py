"""Who is there on the other machines: shown, cleaned, forgotten, and never believed."""

import math

import msgspec
import nats
import pytest

from console.domain.presence import Present
from console.sync import names
from console.sync.presence import MOST_BYTES, MOST_PRESENT, Said, read
from tests.journal.desk import DEPLOYMENT
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import until
from tests.sync.test_carrier import settled

WRITER = "train-0a1b2c3d"


def somebody(name: str = "ada", writer: str = WRITER, ident: str = "1") -> Present:
    return Present(ident, name, ("agent-lead",), 1.7e9, "train", writer, "console")


def said(*present: Present, writer: str = WRITER, holds: dict[str, int] | None = None) -> bytes:
    return msgspec.json.encode(Said(writer, present, holds or {}))


def subject(writer: str = WRITER) -> str:
    return names.presence(DEPLOYMENT, writer)


async def test_who_is_there_is_seen_and_how_much_of_ours_they_hold(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.present = [somebody("ada", here.writer), somebody("watch", "", "2")]
    there.present = [somebody("grace", there.writer)]
    here.write(4)
    there.write(2)
    async with here.carrying():
        async with there.carrying():
            await until(lambda: settled(here, there))
            await until(lambda: [one.name for one in here.carrier.status.present] == ["grace"])
            await until(lambda: len(there.carrier.status.present) == 2)
            await until(lambda: here.carrier.status.peers[0].acked == 5)
            (peer,) = here.carrier.status.peers
            assert (peer.writer, peer.entries) == (there.writer, 3)
            assert peer.heard_at is not None
            there.present = [*there.present, somebody("linus", there.writer, "2")]
            there.carrier.wake()
            await until(lambda: len(here.carrier.status.present) == 2, patience=5)
        await until(lambda: here.carrier.status.present == ())
        assert here.carrier.status.peers[0].heard_at is not None


async def test_what_anybody_says_changes_no_journal_and_no_state(
    broker: Broker, join: Join
) -> None:
    here = join("here", broker.sync)
    here.write(2)
    client = await nats.connect(broker.url)
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
        before = here.lines()
        for data in (b"", b"\xff", b"[]", b"{}", b"1e999", b"[" * 30_000, b"x" * 200_000):
            await client.publish(subject(), data)
        await client.publish(subject(here.writer), said(somebody(), writer=here.writer))
        bold = somebody("\x1b]52;c;x\x07\u202eevil")
        await client.publish(subject(), said(bold, holds={here.writer: 1 << 52}))
        await until(lambda: here.carrier.status.present)
        (one,) = here.carrier.status.present
        assert one.name == "␛]52;c;x␇⟨U+202E⟩evil"
        assert here.lines() == before
        assert here.is_in("synced")
        assert here.carrier.status.missing == 0
        assert here.refused == []
    await client.close()


@pytest.mark.parametrize(
    "data",
    [
        said(somebody(), writer="other-1"),
        said(somebody()) + b"x",
        said(somebody()).replace(b"1700000000.0", b"1e999"),
        said(somebody()).replace(b"console", b"emperor"),
        said(*[somebody("x" * 90, ident=str(number)) for number in range(300)]),
        b"[" * (MOST_BYTES - 1),
    ],
)
def test_what_does_not_look_right_is_not_heard(data: bytes) -> None:
    heard = read(subject(), data)
    assert heard is None or heard.present == ()


def test_what_is_heard_is_cut_to_size() -> None:
    many = [somebody(ident=str(number)) for number in range(MOST_PRESENT + 5)]
    big = somebody("n" * 500)
    heard = read(subject(), said(big, *many, holds={"../x": 1, "a-1": -1, "a-2": 7}))
    assert heard is not None
    assert len(heard.present) == MOST_PRESENT
    assert len(heard.present[0].name) == 100
    assert heard.holds == {"a-2": 7}
    other = read(subject(), said(somebody(writer="other-1"), somebody(writer="")))
    assert other is not None
    assert [one.writer for one in other.present] == [""]
    assert math.isfinite(heard.present[0].since)


async def test_a_machine_that_never_wrote_hears_and_says_nothing(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.present = [somebody("ada", here.writer)]
    here.write()
    async with here.carrying(), there.carrying():
        await until(lambda: there.has(here))
        await until(lambda: there.carrier.status.present)
        assert there.is_in("synced")
