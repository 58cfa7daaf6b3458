"""What can be said of a procedure before it is fired."""

from pathlib import Path

import pytest

from console.executor.run import missing_secrets, way_back
from tests.actions.hands import deployment

READ_BACK = {"url": "http://127.0.0.1:9/control", "path": "version", "equals": "{stable_version}"}
RESTORE = {
    "id": "version",
    "title": "Restore it",
    "kind": "http",
    "url": "http://127.0.0.1:9/versions/{version}/off",
    "manual": "curl -H 'Idempotency-Key: {key}' -d {stable_version} ...  # not {version}",
    "headers": {"Authorization": {"env": "NO_SUCH_TOKEN"}},
    "read_back": READ_BACK,
}
TELL = {
    "id": "tell",
    "title": "Tell the desk",
    "kind": "notify",
    "to": ["bu-operations-lead", "owner"],
    "manual": "call the desk",
}
PEOPLE = [
    {"name": "owner", "roles": ["rollback-owner"]},
    {"name": "business lead", "roles": ["bu-operations-lead"], "notify": [{"file": "bo.url"}]},
]


def test_a_manual_command_can_be_copied() -> None:
    back = {
        "owner": "owner",
        "steps": [RESTORE],
        "procedures": {"shadow": {"steps": [RESTORE], "target": "v1.0"}},
    }
    configured = deployment(rollback=back)
    (step,) = way_back(configured, "full").frozen
    assert step.manual == "curl -H 'Idempotency-Key: {key}' -d v2.3.1 ...  # not v2.4.0"
    assert step.what == "POST http://127.0.0.1:9/versions/v2.4.0/off"
    (step,) = way_back(configured, "shadow").frozen
    assert " v1.0 " in step.manual


def test_what_is_missing_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    configured = deployment(people=PEOPLE, rollback={"owner": "owner", "steps": [RESTORE, TELL]})
    steps = way_back(configured, "full").steps
    token, bo, owner = missing_secrets(configured, steps, tmp_path)
    assert token == "step version: the environment variable NO_SUCH_TOKEN is not set"
    assert bo.startswith("step tell: business lead: the secret file ")
    assert owner.startswith("step tell: owner: no address")
    monkeypatch.setenv("NO_SUCH_TOKEN", "t0ken")
    (tmp_path / "bo.url").write_text("json://127.0.0.1:9/bo")
    assert missing_secrets(configured, steps, tmp_path) == [owner]
