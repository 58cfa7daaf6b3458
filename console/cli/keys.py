"""`warroom keys`: every binding with its id, its keys and where it works."""

import os
from argparse import Namespace
from pathlib import Path

from console.cli.exits import DONE
from console.cli.say import say

FILE = "keys.toml"
VARIABLE = "WARROOM_KEYS"
TEMPLATE = (
    "# Keys of the console. Take the # from a line and change its keys: several with a comma",
    "# between. F9 and escape stay what they are. What is wrong here is told when a console opens.",
)


def keys(args: Namespace) -> int:
    """`warroom keys`: as they are under the key map; with `--toml` as a file to begin with."""
    from console.screens.keymap import table

    keymap = read(args.keys)
    if args.toml:
        say(*TEMPLATE)
        for place, rows in table({}):
            say("", f"# {place}")
            say(*(f'# "{name}" = "{bound}"  # {what}' for name, bound, what in rows))
        return DONE
    path = keys_file(args.keys)
    say(f"key map: {path or 'none; `warroom keys --toml` prints one to begin with'}")
    for place, rows in table(keymap):
        say("", place)
        say(*(f"  {name:27} {bound:24} {what}" for name, bound, what in rows))
    return DONE


def keys_file(given: Path | None = None) -> Path | None:
    """What to read: the `given` one, or the environment's, else the account's if it has one."""
    named = os.environ.get(VARIABLE, "")
    if given is not None or named:
        return given if given is not None else Path(named).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".config"
    own = root / "warroom" / FILE
    return own if own.exists() else None


def read(given: Path | None) -> dict[str, str]:
    """The key map of that file, empty without one. Raises `ConfigError`.

    Only where there is one are all screens loaded to check it.
    """
    # Textual reads it once, when it is imported: at its own 60 a key waits 35 ms for its frame.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    path = keys_file(given)
    if path is None:
        return {}
    from console.screens.keymap import read_keymap

    return read_keymap(path)
