"""SSH keys of a test's own, made and used by the real programs."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Keys:
    """A folder of keys; skips the test where OpenSSH is not installed."""

    def __init__(self, folder: Path) -> None:
        for program in ("ssh-keygen", "ssh-agent", "ssh-add"):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed: it signs, and is what we agree with")
        self.folder = folder
        folder.mkdir()

    def make(self, name: str, *, passphrase: str = "", kind: str = "ed25519") -> Path:
        """A new private key; its public half lies beside it as `.pub`."""
        path = self.folder / name
        words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
        return path

    def allow(self, *who: tuple[str, Path], options: str = "") -> Path:
        """A file of allowed signers."""
        path = self.folder / "allowed_signers"
        lines = [
            f'"{name}" {options} {key.with_suffix(".pub").read_text()}'.replace("  ", " ")
            for name, key in who
        ]
        path.write_text("".join(lines))
        return path

    def fingerprint(self, key: Path) -> str:
        """As `ssh-keygen -l` tells it."""
        words = ["ssh-keygen", "-l", "-f", str(key.with_suffix(".pub"))]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        return done.stdout.split()[1]

    def add_to_agent(self, key: Path, passphrase: str = "") -> None:
        """Hand the private half to the agent of this environment."""
        ask = self.folder / "ask"
        ask.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
        ask.chmod(0o700)
        subprocess.run(
            ["env", "SSH_ASKPASS_REQUIRE=force", f"SSH_ASKPASS={ask}", "ssh-add", "-q", key],
            check=True,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def running_agent(socket: Path) -> Iterator[None]:
    """A real agent that listens at `socket`."""
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()  # it says where it listens once it does
        yield
        process.terminate()
