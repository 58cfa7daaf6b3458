"""A process that carries, to be killed: python -m tests.sync.process DIRECTORY WRITER URL."""

import asyncio
import sys
from pathlib import Path

from config.sync import Sync
from console.clock import SystemClock
from console.sync.carrier import Carrier
from tests.journal.desk import DEPLOYMENT


def main() -> None:
    """Carry until killed."""
    directory, writer, url = sys.argv[1:]
    carrier = Carrier(
        Sync(nats=(url,)),
        Path(directory),
        DEPLOYMENT,
        frozenset({writer}),
        SystemClock(),
        lambda: (),
    )
    asyncio.run(carrier.run(lambda: None))


if __name__ == "__main__":
    main()
