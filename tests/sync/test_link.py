"""The connection: who one is, who the broker is, and what is said when it does not work."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.sync import Sync
from console.clock import SystemClock
from console.domain.presence import Present
from console.evidence import keep_bytes
from console.sync import names
from console.sync.fetch import NotFetched
from console.sync.lease import Lease
from tests.journal.desk import DEPLOYMENT
from tests.ports import free_port
from tests.sync.broker import Broker
from tests.sync.certificates import Authority
from tests.sync.conftest import Join
from tests.sync.member import until
from tests.sync.operator import Operator, seed_file
from tests.sync.test_carrier import settled
from tests.sync.test_minutes import record


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[tuple[Broker, Path]]:
    """A broker that knows one key, and the file with its seed."""
    public, file = seed_file(tmp_path, "good")
    made = Broker(tmp_path / "closed", f"authorization {{ users: [{{ nkey: {public} }}] }}")
    yield made.start(), file
    made.kill()


async def test_a_seed_opens_and_another_one_does_not(
    closed: tuple[Broker, Path], join: Join, tmp_path: Path
) -> None:
    broker, file = closed
    _, wrong = seed_file(tmp_path, "wrong")
    here = join("here", Sync(nats=(broker.url,), credentials=str(file)))
    there = join("there", Sync(nats=(broker.url,), credentials=str(wrong)))
    nobody = join("nobody", broker.sync)
    here.write()
    async with here.carrying(), there.carrying(), nobody.carrying():
        await until(lambda: here.is_in("synced"))
        await until(lambda: "refuses these credentials" in there.carrier.status.why)
        await until(lambda: "refuses these credentials" in nobody.carrier.status.why)
        assert there.is_in("alone")
        assert file.read_text().strip() not in repr(there.carrier.status)


async def test_credentials_of_an_operator_open(join: Join, tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    broker = Broker(tmp_path / "operated", operator.server).start()
    try:
        here = join("here", Sync(nats=(broker.url,), credentials=str(operator.user("here"))))
        there = join("there", Sync(nats=(broker.url,), credentials=str(operator.user("there"))))
        stranger = Operator(tmp_path).user("stranger")
        other = join("other", Sync(nats=(broker.url,), credentials=str(stranger)))
        here.write()
        async with here.carrying(), there.carrying(), other.carrying():
            await until(lambda: settled(here, there))
            await until(lambda: "refuses these credentials" in other.carrier.status.why)
    finally:
        broker.kill()


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0o600, "cannot be read (no such file or directory)"),
        ("SUAAAA\n", 0o644, "others may read"),
        ("nothing\n", 0o600, "holds neither NATS credentials nor a seed"),
        ("SU" + "A" * 56, 0o600, "is damaged"),
    ],
)
async def test_a_bad_file_of_credentials_is_told_in_a_sentence(
    broker: Broker, join: Join, tmp_path: Path, text: str | None, mode: int, said: str
) -> None:
    file = tmp_path / "user.nk"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    here = join("here", Sync(nats=(broker.url,), credentials=str(file)))
    async with here.carrying():
        await until(lambda: said in here.carrier.status.why)
        assert str(file) in here.carrier.status.why
        assert "SUA" not in here.carrier.status.why


async def test_tls_by_an_authority_of_ones_own(join: Join, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    broker = Broker(tmp_path / "tls", authority.server("127.0.0.1"), "tls").start()
    other = Authority(tmp_path / "other")
    try:
        here = join("here", Sync(nats=(broker.url,), ca=str(authority.file)))
        there = join("there", Sync(nats=(broker.url,), ca=str(other.file)))
        system = join("system", broker.sync)
        gone = join("gone", Sync(nats=(broker.url,), ca=str(tmp_path / "none.pem")))
        here.write()
        async with here.carrying(), there.carrying(), system.carrying(), gone.carrying():
            await until(lambda: here.is_in("synced"))
            await until(lambda: "its certificate is refused" in there.carrier.status.why)
            await until(lambda: "its certificate is refused" in system.carrier.status.why)
            await until(lambda: "no certificate that can be read" in gone.carrier.status.why)
    finally:
        broker.kill()


async def test_a_certificate_for_another_name_is_refused(join: Join, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    broker = Broker(tmp_path / "tls", authority.server("10.1.2.3"), "tls").start()
    try:
        here = join("here", Sync(nats=(broker.url,), ca=str(authority.file)))
        async with here.carrying():
            await until(lambda: "its certificate is refused" in here.carrier.status.why)
    finally:
        broker.kill()


async def test_who_offers_no_tls_gets_nothing_where_tls_was_asked_for(
    broker: Broker, join: Join
) -> None:
    here = join("here", Sync(nats=(broker.url.replace("nats:", "tls:"),)))
    async with here.carrying():
        await until(lambda: "offers no TLS" in here.carrier.status.why)
        assert here.is_in("alone")


async def test_permissions_are_kept_quietly_and_told_where_they_hurt(
    join: Join, tmp_path: Path
) -> None:
    place = tmp_path / "keys"
    place.mkdir()
    (one, first), (two, second) = seed_file(place, "one"), seed_file(place, "two")
    broker = Broker(tmp_path / "strict")
    here = join("here", Sync(nats=(broker.url,), credentials=str(first)))
    there = join("there", Sync(nats=(broker.url,), credentials=str(second)))
    third = join("third", broker.sync)
    third.write()
    own = names.journal(DEPLOYMENT, here.writer)
    broker.extra = f"""
    authorization {{ users: [
      {{ nkey: {one}, permissions: {{
         publish: ["$JS.API.>", "{own}", "{names.presence(DEPLOYMENT, here.writer)}"],
         subscribe: ["_INBOX.>", "warroom.>"] }} }},
      {{ nkey: {two}, permissions: {{
         publish: ["$JS.API.>"], subscribe: ["_INBOX.>", "warroom.>"] }} }}
    ] }}"""
    broker.start()
    try:
        here.write(2)
        there.write(2)
        (here.directory / "journal" / f"{third.writer}.jsonl").write_bytes(third.lines())
        async with here.carrying(), there.carrying():
            await until(lambda: here.is_in("synced"))
            await until(lambda: there.has(here))
            await until(lambda: "permission denied" in there.carrier.status.why)
            assert there.writer in there.carrier.status.why
            assert there.is_in("catching-up")
            assert here.carrier.status.why == ""
            with pytest.raises(NotFetched, match="permission denied for publishing to warroom"):
                await there.carrier.fetch_minutes()
    finally:
        broker.kill()


async def test_the_rights_that_the_readme_gives_are_enough(join: Join, tmp_path: Path) -> None:
    place = tmp_path / "keys"
    place.mkdir()
    (one, first), (two, second) = seed_file(place, "one"), seed_file(place, "two")
    broker = Broker(tmp_path / "strict")
    here = join("here", Sync(nats=(broker.url,), credentials=str(first)))
    there = join("there", Sync(nats=(broker.url,), credentials=str(second)))
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    user = re.search(r"authorization \{ users: \[\n(.*?)\n\] \}", readme, re.DOTALL)
    assert user is not None
    users = [
        user[1].replace("UXXXX", key).replace("NAME", writer).replace("ID", DEPLOYMENT)
        for key, writer in ((one, here.writer), (two, there.writer))
    ]
    broker.extra = f"authorization {{ users: [ {', '.join(users)} ] }}"
    broker.start()
    try:
        digest = keep_bytes(here.directory, b"evidence")
        record(here)
        here.write(1, digest)
        there.write(2)
        there.present = [Present("1", "grace", (), 1.7e9, "x", there.writer, "console")]
        lease = Lease(here.sync, here.directory, DEPLOYMENT, here.writer, "1", SystemClock())
        async with here.carrying(), there.carrying():
            await until(lambda: settled(here, there))
            await until(lambda: here.carrier.status.present)
            assert (await there.carrier.fetch(digest)).read_bytes() == b"evidence"
            (came,) = await there.carrier.fetch_minutes()
            assert (came.writer, came.why) == (here.writer, "")
            holding = asyncio.create_task(lease.run())
            await until(lambda: lease.held)
            holding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await holding
            assert here.carrier.status.why == there.carrier.status.why == ""
    finally:
        broker.kill()


async def test_of_several_brokers_one_that_is_there_is_found(broker: Broker, join: Join) -> None:
    dead = f"nats://127.0.0.1:{free_port()}"
    here = join("here", Sync(nats=(dead, broker.url)))
    there = join("there", Sync(nats=("nats://no-such-host.invalid:4222", dead, broker.url)))
    here.write()
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))


async def test_a_server_without_streams_is_told(join: Join, tmp_path: Path) -> None:
    plain = Broker(tmp_path / "plain", jetstream=False).start()
    try:
        here = join("here", plain.sync)
        async with here.carrying():
            await until(lambda: "keeps no streams" in here.carrier.status.why)
            assert here.is_in("alone")
    finally:
        plain.kill()


async def test_what_is_no_broker_is_told(join: Join) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    here = join("here", Sync(nats=(f"nats://127.0.0.1:{port}",)))
    async with server, here.carrying():
        await until(lambda: "broke the connection" in here.carrier.status.why)


async def test_nothing_is_printed_or_logged(
    broker: Broker, join: Join, capfd: pytest.CaptureFixture[str]
) -> None:
    here = join("here", broker.sync)
    here.write()
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
        broker.kill()
        await until(lambda: "refuses the connection" in here.carrier.status.why)
        broker.start()
        await until(lambda: here.is_in("synced"))
    assert capfd.readouterr() == ("", "")
