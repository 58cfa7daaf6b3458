"""Files that load, files that are none, and files that nobody could have foreseen."""

import hashlib
import os
import re
import tomllib
import traceback
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import ConfigError, load, parse
from config.model import Deployment
from config.write import InitAnswers, initial
from tests.config.sample import SMALL, longer


def test_bytes_that_are_not_utf8_are_found() -> None:
    with pytest.raises(ConfigError, match=r"^warroom.toml:2: is not UTF-8 text; save it as UTF-8$"):
        parse(b"version = 1\n# caf\xe9\n")


def test_a_byte_order_mark_and_carriage_returns_are_no_problem() -> None:
    windows = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert parse(windows) == parse(SMALL.encode())


def test_a_directory_or_its_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "warroom.toml"
    path.write_text(SMALL)
    loaded = load(tmp_path)
    assert loaded == load(str(path))
    assert loaded.path == path
    assert loaded.directory == tmp_path
    assert loaded.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()
    assert loaded.deployment.agent.name == "claims-triage"


def sentence(place: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(place)
    return str(caught.value)


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    path = tmp_path / "warroom.toml"
    said = f"{path} does not exist; make one with: warroom init {tmp_path}"
    assert sentence(tmp_path) == said
    assert sentence(path) == said
    absent = tmp_path / "agent"
    said = f"{absent}/warroom.toml does not exist; make one with: warroom init {absent}"
    assert sentence(absent) == said


def test_what_is_not_a_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "warroom.toml"
    path.mkdir()
    hint = "name a deployment's directory or its warroom.toml"
    assert sentence(tmp_path) == f"{path} is a directory; {hint}"
    path.rmdir()
    os.mkfifo(path)
    assert sentence(tmp_path) == f"{path} is not a regular file; {hint}"


def test_a_file_of_ten_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "warroom.toml"
    path.write_bytes(b"#" * 10_000_000)
    assert sentence(path) == f"{path} is larger than 256 KiB; is it the right file?"


def test_no_sentence_holds_a_secret() -> None:
    text = longer(
        '[feeds.web]\nkind = "jsonl-http"\nurl = "http://me:hunter2@host/"\n'
        'headers = { "X Key" = "hunter2", A = ["hunter2"], B = { text = 5, env = "hunter2!" } }\n'
        '[[people]]\nname = "x"\nroles = ["legal"]\nnotify = [["hunter2"]]\nphone = 5\n'
    )
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    assert len(caught.value.problems) >= 5
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


FULL = re.sub(
    r"^#(?! )",
    "",
    initial(InitAnswers(name="claims-triage", version="v2", exposure="internal")),
    flags=re.MULTILINE,
)
ANYTHING = st.recursive(
    st.text(max_size=4) | st.integers() | st.floats() | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def outcome(raw: bytes) -> Deployment | list[str]:
    try:
        return parse(raw)
    except ConfigError as error:
        return list(error.problems)


def one_sentence_each(problems: list[str]) -> bool:
    return bool(problems) and all(
        re.fullmatch(r"warroom\.toml:(\d+:)? .+", problem) and problem.isprintable()
        for problem in problems
    )


@given(st.data())
@settings(max_examples=200)
def test_any_value_anywhere_loads_or_is_refused_in_sentences(data: st.DataObject) -> None:
    values = tomllib.loads(FULL)
    parent: Any = values
    while True:
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(parent[key], dict | list) and parent[key] and data.draw(st.booleans())):
            break
        parent = parent[key]
    if data.draw(st.booleans()):
        parent[key] = data.draw(ANYTHING)
    elif isinstance(parent, dict):
        parent[data.draw(st.text(max_size=4))] = parent.pop(key)
    else:
        del parent[key]
    found = outcome(tomli_w.dumps(values).encode())
    assert isinstance(found, Deployment) or one_sentence_each(found)


@given(st.integers(0, len(FULL)), st.integers(0, 40), st.binary(max_size=4))
@settings(max_examples=200)
def test_a_damaged_file_loads_or_is_refused_in_sentences(at: int, cut: int, put: bytes) -> None:
    raw = FULL.encode()
    found = outcome(raw[:at] + put + raw[at + cut :])
    assert isinstance(found, Deployment) or one_sentence_each(found)
