"""Which process carries out a deployment's rollback: the one that holds this lock."""

from pathlib import Path

from console.lock import FileLock

ROLLBACK = "rollback"


class RunLock(FileLock):
    """Tells a run that is under way from one whose process has died."""

    def __init__(self, directory: Path, name: str = ROLLBACK) -> None:
        """Name the lock of the deployment at `directory`; `name` is that of the run's kind."""
        super().__init__(directory / "journal" / f".{name}.lock")
