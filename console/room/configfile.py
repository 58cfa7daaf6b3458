"""What became of `warroom.toml` since it was opened: gates are decided on one text."""

from hashlib import sha256
from pathlib import Path

from config.load import FILE_NAME, ConfigError, load


class ConfigFile:
    """Looks at the file when it was written to, and says what a console cannot use of it."""

    def __init__(self, directory: Path, loaded: str) -> None:
        """The file in `directory`, of which the text with the hash `loaded` is in use."""
        self._path = directory / FILE_NAME
        self._loaded = loaded
        self._stamp: tuple[int, ...] = ()
        self.trouble = ""

    def look(self) -> str:
        """The `trouble` of now: a sentence, empty while the file says what is in use. May block."""
        stamp: tuple[int, ...] = ()
        try:
            stat = self._path.stat()
            # The change time too: it cannot be set back, as the modification time can.
            stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        except OSError:
            pass
        if stamp != self._stamp or not stamp:
            self.trouble = self._read()
            self._stamp = stamp
        return self.trouble

    def _read(self) -> str:
        try:
            if sha256(self._path.read_bytes()).hexdigest() == self._loaded:
                return ""
            load(self._path.parent)
        except OSError as error:
            return f"warroom.toml cannot be read: {error.strerror}"
        except ConfigError as error:
            return f"{error.problems[0]}; this console goes on with what it read before"
        return "warroom.toml was changed: open the console again to use it (ctrl+p, Reload)"
