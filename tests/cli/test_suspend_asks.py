"""A suspension that a person must help with: it asks, is answered from elsewhere, and goes on."""

from pathlib import Path

from console.clock import SystemClock
from tests.cli.shell import Shell
from tests.room.stand import stand


def test_a_step_by_hand_is_asked_and_answered(shell: Shell, tmp_path: Path) -> None:
    by_hand = {"id": "off", "title": "Take it away", "kind": "manual", "manual": "pull the plug"}
    mail = {"id": "mail", "title": "Suspend sending mail", "steps": [by_hand]}
    claims = stand(tmp_path / "mail", suspensions=[mail], clock=SystemClock()).directory
    with shell.started("suspend", claims, "mail", "--fire") as fired:
        assert fired.stdout is not None
        lines: list[str] = []
        while "--answer" not in "".join(lines):
            lines.append(fired.stdout.readline())
            assert lines[-1], f"it ended: {lines}"
        assert f"warroom suspend {claims} mail --answer off=done" in lines[-1]
        shell("suspend", claims, "mail", "--answer", "of=done").fails(1, "asked about: off")
        assert "off: done, taken" in shell("suspend", claims, "mail", "--answer", "off=done").done()
        assert fired.wait(20) == 0
        assert "VERIFIED" in fired.stdout.read()
