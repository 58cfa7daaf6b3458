"""What fills the texts of a traffic switch; a value cannot leave its place, whatever it holds."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import msgspec

from config.dotted import Hop, hops
from console.actions.values import is_json

_HOLE = re.compile(r"\{(share|rest|fraction|phase|version|stable_version|key|etag)\}")


class SwitchValues(msgspec.Struct, frozen=True):
    """The share in percent, the phase that it is for, versions, and the write's idempotency key."""

    share: int
    phase: str
    version: str
    stable_version: str
    key: str

    def _words(self, etag: str) -> dict[str, str]:
        return {
            "share": str(self.share),
            "rest": str(100 - self.share),
            "fraction": f"{self.share / 100:g}",
            "phase": self.phase,
            "version": self.version,
            "stable_version": self.stable_version,
            "key": self.key,
            "etag": etag,
        }

    def fill(self, text: str, escape: Callable[[str], str] = str, *, etag: str = "") -> str:
        """`text` with its holes filled, each value passed through `escape`, and none twice."""
        words = self._words(etag)
        return _HOLE.sub(lambda hole: escape(words[hole.group(1)]), text)

    def fill_url(self, url: str) -> str:
        """`url` filled."""
        return self.fill(url, lambda word: quote(word, safe=""))

    def fill_body(self, body: str, etag: str = "") -> str:
        """`body` filled; in a body that is JSON, texts stay inside their strings."""
        like = is_json(_HOLE.sub("0", body))
        return self.fill(body, (lambda word: json.dumps(word)[1:-1]) if like else str, etag=etag)

    def path(self, path: str) -> tuple[Hop, ...]:
        """The steps of a dotted path, filled."""
        return tuple(
            hop
            if isinstance(hop, int)
            else self.fill(hop)
            if isinstance(hop, str)
            else (self.fill(hop[0]), self.fill(hop[1]))
            for hop in hops(path)
        )

    def environment(self) -> dict[str, str]:
        """What a switch's commands find in their environment."""
        return {
            "WARROOM_KEY": self.key,
            "WARROOM_SHARE": str(self.share),
            "WARROOM_PHASE": self.phase,
            "WARROOM_VERSION": self.version,
            "WARROOM_STABLE_VERSION": self.stable_version,
        }
