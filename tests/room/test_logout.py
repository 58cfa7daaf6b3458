"""What systemd-logind ends at a logout, read from its files and from where a process runs."""

from pathlib import Path

import pytest

from console.room.logout import Login

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/tmux-spawn-1.scope\n"
ENDS = "the system ends a rollback fired from this login when it ends (KillUserProcesses): "
LINGER = "loginctl enable-linger lead; then "
SCOPE = "start by systemd-run --user --scope warroom ..."
YES = "[Login]\nKillUserProcesses=yes\n"
COMMENTED = "[Login]\n#KillUserProcesses={}\n#KillExcludeUsers=root\n"


def system(root: Path, files: dict[str, str], cgroup: str = SESSION, user: str = "lead") -> Login:
    """A machine with systemd, and `files` on it."""
    for name, text in {"proc/self/cgroup": cgroup, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "run/systemd/system").mkdir(parents=True)
    return Login(root, user)


KILLED: dict[str, dict[str, str]] = {
    "in the file": {"etc/systemd/logind.conf": YES},
    "in a drop-in over the file": {
        "etc/systemd/logind.conf": "[Login]\nKillUserProcesses=no\n",
        "etc/systemd/logind.conf.d/kill.conf": YES,
    },
    "in the last drop-in, wherever it lies": {
        "etc/systemd/logind.conf.d/10-a.conf": "[Login]\nKillUserProcesses=0\n",
        "usr/lib/systemd/logind.conf.d/20-b.conf": "[Login]\nKillUserProcesses = on\n",
    },
    "in the first of two drop-ins of one name": {
        "etc/systemd/logind.conf.d/k.conf": YES,
        "usr/lib/systemd/logind.conf.d/k.conf": "[Login]\nKillUserProcesses=no\n",
    },
    "by the vendor": {"usr/lib/systemd/logind.conf": COMMENTED.format("yes")},
    "this user alone": {
        "etc/systemd/logind.conf": "[Login]\nKillOnlyUsers=deputy\nKillOnlyUsers=lead\n"
    },
}
SPARED: dict[str, dict[str, str]] = {
    "as Debian has it": {"etc/systemd/logind.conf": COMMENTED.format("no")},
    "another user alone": {"etc/systemd/logind.conf": f"{YES}KillOnlyUsers=deputy\n"},
    "all but this user": {"etc/systemd/logind.conf": f"{YES}KillExcludeUsers=root lead\n"},
    "in the file that counts": {
        "etc/systemd/logind.conf": "[Login]\nKillUserProcesses=no\n",
        "usr/lib/systemd/logind.conf": YES,
    },
    "masked": {
        "etc/systemd/logind.conf": COMMENTED.format("no"),
        "etc/systemd/logind.conf.d/k.conf": "",
        "usr/lib/systemd/logind.conf.d/k.conf": YES,
    },
    "in another section": {
        "etc/systemd/logind.conf": "[Login]\nKillUserProcesses=no\n[Sleep]\nKillUserProcesses=yes\n"
    },
}


@pytest.mark.parametrize("name", KILLED)
def test_a_login_that_takes_its_processes_with_it(tmp_path: Path, name: str) -> None:
    assert system(tmp_path, KILLED[name]).ends_at_logout() == ENDS + LINGER + SCOPE


@pytest.mark.parametrize("name", SPARED)
def test_a_login_that_leaves_them(tmp_path: Path, name: str) -> None:
    assert system(tmp_path, SPARED[name]).ends_at_logout() == ""


def test_lingering_does_not_save_what_is_in_the_sessions_scope(tmp_path: Path) -> None:
    files = {"etc/systemd/logind.conf": YES, "var/lib/systemd/linger/lead": ""}
    assert system(tmp_path, files).ends_at_logout() == ENDS + SCOPE


def test_root_is_spared_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    spared = system(tmp_path / "a", {"etc/systemd/logind.conf": YES}, user="root")
    assert spared.ends_at_logout() == ""
    files = {"etc/systemd/logind.conf": f"{YES}KillExcludeUsers=\n"}
    assert system(tmp_path / "b", files, user="root").ends_at_logout().startswith(ENDS)


def test_what_the_users_manager_holds_needs_the_user_to_linger(tmp_path: Path) -> None:
    files = {"etc/systemd/logind.conf": COMMENTED.format("no")}
    why = system(tmp_path / "a", files, MANAGER).ends_at_logout()
    assert "with the last login of lead: loginctl enable-linger lead" in why
    lingering = {**files, "var/lib/systemd/linger/lead": ""}
    assert system(tmp_path / "b", lingering, MANAGER).ends_at_logout() == ""


def test_nothing_is_said_of_what_is_not_known(tmp_path: Path) -> None:
    unsaid = system(tmp_path / "a", {}).ends_at_logout()
    assert unsaid.startswith("the system may end, as logind.conf does not say, a rollback")
    kill = {"etc/systemd/logind.conf": YES}
    for number, cgroup in enumerate(
        ("0::/\n", "", "0::/system.slice/warroom.service\n", "4:memory:/session-3.scope\n0::/\n")
    ):
        assert system(tmp_path / f"b{number}", kill, cgroup).ends_at_logout() == ""
    older = f"1:name=systemd:{SESSION.removeprefix('0::')}"
    assert system(tmp_path / "c", kill, older).ends_at_logout().startswith(ENDS)
    container = system(tmp_path / "d", kill)
    (tmp_path / "d/run/systemd/system").rmdir()
    assert container.ends_at_logout() == ""
    (tmp_path / "c/proc/self/cgroup").unlink()
    assert Login(tmp_path / "c", "lead").ends_at_logout() == ""
