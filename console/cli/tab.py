"""`python -m console.cli.tab DIR`: the process behind a tab of `warroom serve`."""

import gc
import sys
from pathlib import Path

from console.cli import explain
from console.room import ServedRoom


def main(directory: str) -> int:
    """Show the deployment until the tab is closed; the exit code."""
    gc.disable()  # until the first screen stands; see `WarRoomApp`
    try:
        room = ServedRoom.open(Path(directory), read_only=True)
        from console.served import run_served

        return run_served(room)
    except Exception as error:
        return explain(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
