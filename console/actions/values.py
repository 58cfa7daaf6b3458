"""What a step's texts may hold: {stable_version}, {version} and {key}."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec

_HOLE = re.compile(r"\{(stable_version|version|key)\}")


class Values(msgspec.Struct, frozen=True):
    """What fills a step's texts. An empty `stable_version` means the existing process."""

    stable_version: str
    version: str

    def fill(self, text: str, key: str, escape: Callable[[str], str] = str) -> str:
        """`text` with its holes filled, each value passed through `escape`.

        Other braces stay as they are; what a value holds is not filled again.
        """
        words = {"stable_version": self.stable_version, "version": self.version, "key": key}
        return _HOLE.sub(lambda hole: escape(words[hole.group(1)]), text)

    def fill_url(self, url: str, key: str) -> str:
        """`url` filled; a value cannot leave its place, whatever it holds."""
        return self.fill(url, key, lambda word: quote(word, safe=""))

    def fill_body(self, body: str, key: str) -> str:
        """`body` filled; in a body that is JSON the values stay inside their strings."""
        return self.fill(body, key, _in_json if is_json(body) else str)

    def environment(self, key: str) -> dict[str, str]:
        """What a step's commands find in their environment."""
        return {
            "WARROOM_KEY": key,
            "WARROOM_STABLE_VERSION": self.stable_version,
            "WARROOM_VERSION": self.version,
        }


def is_json(text: str) -> bool:
    """Whether `text` is a JSON document."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _in_json(word: str) -> str:
    return json.dumps(word)[1:-1]
