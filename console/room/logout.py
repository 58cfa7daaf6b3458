"""Whether the system ends what a user has started once that user logs out (systemd-logind)."""

import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

_FOLDERS = ("etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd")
_SESSION = re.compile(r"/session-[^/]+\.scope(/|$)")
_MANAGER = re.compile(r"/user@\d+\.service(/|$)")
_TRUE = {"1", "yes", "y", "true", "t", "on"}

# Where a process runs: in a login's own scope, under the user's manager, or somewhere else.
Ground = Literal["session", "manager", "elsewhere"]


class Login(msgspec.Struct, frozen=True):
    """A process of `user` on the system whose files begin at `root`."""

    root: Path
    user: str

    def ends_at_logout(self) -> str:
        """Why it would be ended at a logout, and what keeps it from that; empty if it would not.

        What a login has started is in its session's scope. With KillUserProcesses that scope is
        ended with the login, also where the user lingers. What the user's manager has started is
        ended with the last login, unless the user lingers.
        """
        if not (self.root / "run/systemd/system").is_dir():
            return ""
        lingers = (self.root / "var/lib/systemd/linger" / self.user).exists()
        linger = "" if lingers else f"loginctl enable-linger {self.user}; then "
        match self._ground():
            case "session":
                kills = self._kills()
                if kills is False:
                    return ""
                would = "ends" if kills else "may end, as logind.conf does not say,"
                return (
                    f"the system {would} a rollback fired from this login when it ends "
                    f"(KillUserProcesses): {linger}start by systemd-run --user --scope warroom ..."
                )
            case "manager" if not lingers:
                return (
                    "the system ends a rollback fired from here with the last login of "
                    f"{self.user}: loginctl enable-linger {self.user}"
                )
            case _:
                return ""

    def _ground(self) -> Ground:
        try:
            lines = (self.root / "proc/self/cgroup").read_text().splitlines()
        except OSError:
            return "elsewhere"
        for line in lines:
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if number != "0" and controllers != "name=systemd":
                continue
            if _MANAGER.search(path):
                return "manager"
            if _SESSION.search(path):
                return "session"
        return "elsewhere"

    def _kills(self) -> bool | None:
        """Whether a session's processes are ended with it; None if no file says."""
        kill: bool | None = None
        only: list[str] = []
        exclude: list[str] | None = None
        for key, value in self._settings():
            match key:
                case "KillUserProcesses":
                    kill = value.lower() in _TRUE
                case "KillOnlyUsers":
                    only = [*only, *value.split()] if value else []
                case "KillExcludeUsers":
                    exclude = [*(exclude or ()), *value.split()] if value else []
        if self.user in (["root"] if exclude is None else exclude):
            return False
        if only:
            return self.user in only
        return kill if kill is not None else self._default()

    def _settings(self) -> Iterator[tuple[str, str]]:
        """The settings of logind in the order in which they count, the last one most."""
        for file in self._files():
            section = ""
            for line in _lines(file):
                if line.startswith("["):
                    section = line
                elif section == "[Login]" and "=" in line and line[0] not in "#;":
                    key, _, value = line.partition("=")
                    yield key.strip(), value.strip()

    def _files(self) -> Iterator[Path]:
        """The first main file that is there, then the drop-ins by name, each from one folder."""
        yield from self._main()
        drop_ins: dict[str, Path] = {}
        for folder in _FOLDERS:
            for file in (self.root / folder / "logind.conf.d").glob("*.conf"):
                drop_ins.setdefault(file.name, file)
        for name in sorted(drop_ins):
            yield drop_ins[name]

    def _main(self) -> list[Path]:
        files = [self.root / folder / "logind.conf" for folder in _FOLDERS]
        return [file for file in files if file.exists()][:1]

    def _default(self) -> bool | None:
        """What the vendor's file says in a comment: there the defaults stand."""
        for file in self._main():
            for line in _lines(file):
                key, _, value = line.lstrip("#; ").partition("=")
                if key.strip() == "KillUserProcesses":
                    return value.strip().lower() in _TRUE
        return None


def this_process() -> Login:
    """The process that asks, on this system."""
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    return Login(Path("/"), user)


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(errors="replace").splitlines()]
    except OSError:
        return []
