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
    except Exception as error:
        return explain(error)
    from console.serve.app import ServedApp

    app = ServedApp(room)
    code = app.run()
    return app.return_code or code or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
