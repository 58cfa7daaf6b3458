"""The demo from its dark launch to stable by keyboard alone, in tmux, in one go.

Run it from the repository: python -m tests.bench.bench_rollout. It takes six minutes, of 338 hours
that the demo's rollout takes at least, and says how long each gate took.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.app.keyboard import Keyboard, demo_at, hours_in_phase
from tests.cli.shell import Shell

SHARES = (1, 5, 20, 50, 100)


def said(keyboard: Keyboard, since: float, text: str) -> None:
    """Wait for the phase and tell how long it took to get there."""
    keyboard.stands_at(text)
    sys.stdout.write(f"{time.monotonic() - since:6.1f} s  {text}\n")
    sys.stdout.flush()


def main() -> None:
    """Go the whole way; an `AssertionError` with the screen if it cannot be gone."""
    home = Path(tempfile.mkdtemp(prefix="warroom-rollout-"))
    began = time.monotonic()
    with demo_at(home, "dark-launch") as keyboard:
        keyboard.review()
        keyboard.brief()
        keyboard.advance()
        said(keyboard, began, "SHADOW")
        keyboard.review()
        for following in (*(f"CANARY {share} %" for share in SHARES), "FULL"):
            keyboard.users_are_content()
            keyboard.brief()
            keyboard.advance()
            said(keyboard, began, following)
        keyboard.until(lambda screen: hours_in_phase(screen) >= 25)
        keyboard.review()
        keyboard.assess()
        said(keyboard, began, "STABLE")
    sys.stdout.write(Shell(home)("journal", "verify", home / "demo").done())


if __name__ == "__main__":
    main()
