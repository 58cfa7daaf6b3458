"""What the console says when it ends by a fault of ours."""

import traceback
from pathlib import Path
from shlex import quote

from rich.text import Text


def last_words(error: BaseException | None, directory: Path) -> Text:
    """The fault's kind and its frames, without their locals, which may hold secrets.

    `directory` is the deployment's: a rollback needs no console.
    """
    frames = traceback.extract_tb(error.__traceback__) if error else []
    where = "\n".join(f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
    name = type(error).__name__ if error else "error"
    return Text(
        f"warroom: a fault of ours ({name}). The journal is safe; open the console again, "
        f"or roll back with: warroom rollback {quote(str(directory))} --fire\n{where}"
    )
