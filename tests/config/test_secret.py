"""Secrets are read where they lie and shown nowhere."""

from pathlib import Path

import pytest

from config.load import load, parse
from config.model import MissingSecret, Secret
from tests.config.sample import changed, longer

SHOWN_NOWHERE = "hunter2"


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WARROOM_TEST_TOKEN", SHOWN_NOWHERE)
    secret = Secret(env="WARROOM_TEST_TOKEN")
    assert secret.reveal(tmp_path).get_secret_value() == SHOWN_NOWHERE


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set(
    value: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WARROOM_TEST_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("WARROOM_TEST_TOKEN", value)
    with pytest.raises(MissingSecret) as caught:
        Secret(env="WARROOM_TEST_TOKEN").reveal(tmp_path)
    assert str(caught.value) == "the environment variable WARROOM_TEST_TOKEN is not set"


def test_from_a_file_beside_the_config_or_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SHOWN_NOWHERE}\r\n")
    beside = Secret(file="token").reveal(tmp_path)
    anywhere = Secret(file=str(file)).reveal(Path("/nowhere"))
    assert beside.get_secret_value() == anywhere.get_secret_value() == SHOWN_NOWHERE


def test_files_that_hold_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff" + SHOWN_NOWHERE.encode())
    (tmp_path / "big").write_text(SHOWN_NOWHERE * 10_000)
    (tmp_path / "folder").mkdir()
    said = {}
    for name in ("absent", "empty", "binary", "big", "folder"):
        with pytest.raises(MissingSecret) as caught:
            Secret(file=name).reveal(tmp_path)
        said[name] = str(caught.value).removeprefix(f"the secret file {tmp_path}/{name} ")
    assert said == {
        "absent": "cannot be read: No such file or directory",
        "empty": "is empty",
        "binary": "is not UTF-8 text",
        "big": "is larger than 65536 bytes",
        "folder": "cannot be read: Is a directory",
    }


def test_a_loaded_deployment_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WARROOM_TEST_TOKEN", SHOWN_NOWHERE)
    text = changed(
        'roles = ["rollback-owner"]',
        f'roles = ["rollback-owner"]\nnotify = ["ntfys://{SHOWN_NOWHERE}@host"]',
    ) + (
        '[feeds.web]\nkind = "jsonl-http"\nurl = "http://127.0.0.1:9000/"\n'
        f'headers = {{ A = "{SHOWN_NOWHERE}", B = {{ env = "WARROOM_TEST_TOKEN" }} }}\n'
    )
    (tmp_path / "warroom.toml").write_text(text)
    loaded = load(tmp_path)
    web = loaded.deployment.feeds["web"]
    revealed = {name: secret.reveal(tmp_path) for name, secret in web.headers.items()}
    assert [value.get_secret_value() for value in revealed.values()] == [SHOWN_NOWHERE] * 2
    shown = [
        repr(loaded),
        str(loaded.deployment),
        loaded.deployment.model_dump_json(),
        str(loaded.deployment.model_dump()),
        str(revealed),
        repr(web.headers["A"]),
    ]
    assert not [each for each in shown if SHOWN_NOWHERE in each]


def test_a_plain_text_is_a_secret_too() -> None:
    text = longer('[feeds.web]\nkind = "jsonl-http"\nurl = "http://h/"\nheaders.Accept = "a/b"\n')
    accept = parse(text.encode()).feeds["web"].headers["Accept"]
    assert accept.reveal(Path()).get_secret_value() == "a/b"
