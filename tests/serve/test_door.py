"""Who is let in: tokens and where they are kept, and the names that a page may go by."""

from pathlib import Path

import pytest

from console.serve.door import BadToken, Door, new_token, token_in


def test_a_new_token_is_new_and_taken_whole() -> None:
    token = new_token()
    assert token != new_token()
    door = Door(token, "127.0.0.1")
    assert door.takes(token)
    for wrong in ("", token[:-1], token + "x", "é\udc80"):
        assert not door.takes(wrong)
    assert not door.knows(token)
    assert door.knows(door.cookie)


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        ("a" * 30, 0o640, "can be read by others"),
        ("a" * 30, 0o604, "can be read by others"),
        ("short", 0o600, "must hold 20 to 200"),
        ("a" * 300, 0o600, "must hold 20 to 200"),
        ("two words, and more of them", 0o600, "must hold 20 to 200"),
        ("", 0o600, "must hold 20 to 200"),
    ],
)
def test_a_token_file_is_private_and_holds_a_token(
    tmp_path: Path, content: str, mode: int, why: str
) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(BadToken, match=why):
        token_in(path)
    path.write_text("good-enough-for-a-token\n")
    path.chmod(0o400)
    assert token_in(path) == "good-enough-for-a-token"
    path.unlink()
    with pytest.raises(BadToken, match="cannot be read: No such file"):
        token_in(path)


@pytest.mark.parametrize(
    ("listens", "name", "ours"),
    [
        ("127.0.0.1", "127.0.0.1:8765", True),
        ("127.0.0.1", "localhost:9000", True),  # the near end of a tunnel
        ("127.0.0.1", "[::1]:8765", True),
        ("127.0.0.1", "192.0.2.7:8765", False),
        ("127.0.0.1", "evil.example:8765", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "[", False),
        ("127.0.0.1", "127.0.0.1:x", False),
        ("0.0.0.0", "192.0.2.7:8765", True),  # noqa: S104 - nothing listens here
        ("0.0.0.0", "evil.example:8765", False),  # noqa: S104 - nothing listens here
        ("war.room.example", "WAR.room.example:8765", True),
    ],
)
def test_a_page_is_asked_for_by_our_own_name(listens: str, name: str, ours: bool) -> None:
    assert Door("t" * 30, listens).goes_by(name) is ours
