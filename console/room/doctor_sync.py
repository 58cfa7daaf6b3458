"""Whether other machines can be met: each broker, and the folder; see `doctor`."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from config.load import Loaded
from config.sync import Sync
from console.clock import Clock
from console.room.finding import Finding

ANSWER_S = 8.0
LOOK_S = 0.1


async def look_at_sync(loaded: Loaded, clock: Clock) -> Sequence[Finding]:
    """What can be reached of what `[sync]` names; nothing where it names nothing."""
    config, directory = loaded.deployment.sync, loaded.directory
    found = []
    if config.nats is not None:
        alone = [config.model_copy(update={"nats": (url,)}) for url in config.nats]
        found += await asyncio.gather(*(_broker(one, directory, clock) for one in alone))
        if any(one.verdict == "ok" for one in found):  # of a cluster one is enough
            found = [_less(one) for one in found]
    if config.dir is not None:
        found.append(_folder(directory, config.dir))
    return found


async def _broker(config: Sync, directory: Path, clock: Clock) -> Finding:
    # NATS is loaded only where it is used.
    from console.sync.link import Connection, Link  # noqa: PLC0415 -- NATS only where it is used

    name = (config.nats or ("",))[0].partition("//")[2]
    link = Link(config, directory, clock)
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(connection: Connection) -> None:
        await connection.client.jetstream(timeout=ANSWER_S).account_info()
        answered.set_result("it answers, with JetStream")
        await asyncio.Event().wait()

    linked = asyncio.create_task(link.run(lambda connection: [ask(connection)]), name="check")
    before = link.why
    try:
        async with asyncio.timeout(ANSWER_S):
            while not answered.done():  # the first try that fails tells enough
                if link.why not in {before, ""}:
                    return Finding("sync", name, "unreached", link.why)
                await asyncio.wait({answered}, timeout=LOOK_S)
        return Finding("sync", name, "ok", answered.result())
    except TimeoutError:
        return Finding("sync", name, "unreached", link.why or "no answer in time")
    finally:
        linked.cancel()
        await asyncio.gather(linked, return_exceptions=True)


def _less(one: Finding) -> Finding:
    if one.verdict != "unreached":
        return one
    return Finding(one.area, one.name, "warn", f"{one.detail}; another of the cluster answers")


def _folder(directory: Path, name: str) -> Finding:
    place = directory / Path(name).expanduser()
    if not place.is_dir():
        return Finding("sync", "dir", "fail", f"{place} is not there: is it mounted?")
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return Finding("sync", "dir", "fail", f"{place} cannot be read and written by this account")
    return Finding("sync", "dir", "ok", f"{place} can be read and written")
