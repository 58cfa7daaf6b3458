"""The silences of an Alertmanager: one is set on request, and read back."""

import re
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from config.feed import Feed as FeedSpec
from console.clean import clean
from console.feeds.base import FeedError
from console.feeds.web import Endpoint
from console.net import Http, Response

T = TypeVar("T")
_ACCEPT = "application/json"
_MATCHER = re.compile(
    r'\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s]*))\s*'
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


class NotTaken(FeedError):
    """There is no such silence, and there will be none: the Alertmanager refuses it, or we do."""


class Matcher(msgspec.Struct, frozen=True, rename="camel"):
    """One of the conditions that an alert must meet."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class _Silence(msgspec.Struct, rename="camel"):
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str


class _Status(msgspec.Struct):
    state: str


class _Known(msgspec.Struct, rename="camel"):
    id: str
    comment: str
    ends_at: datetime
    matchers: tuple[Matcher, ...]
    status: _Status


class Silences:
    """Asks the Alertmanager of a feed. Everything raises `FeedError` with one sentence."""

    def __init__(self, spec: FeedSpec, http: Http, base: Path, name: str) -> None:
        """Silences of the alerts called `name`, of those that the feed's `match` lets through."""
        self._endpoint = Endpoint(spec, http, base)
        self._match = spec.match
        self._name = name
        self._called = f"alertname={msgspec.json.encode(name).decode()}"

    async def alerts(self) -> int:
        """How many alerts such a silence would silence now."""
        response = await self._get("/api/v2/alerts", self._called, *self._match)
        return len(self._read(response, list[msgspec.Raw]))

    async def ask(self, author: str, comment: str, start: datetime, end: datetime) -> None:
        """Ask for the silence. Whether there is one, only `find` knows.

        Raises `NotTaken` for a clear refusal, and `FeedError` where the answer was lost.
        """
        wanted = _Silence(self._matchers(), start, end, author, comment)
        response = await self._endpoint.post(
            path="/api/v2/silences", body=msgspec.json.encode(wanted)
        )
        try:
            self._expect(response)
        except FeedError as error:
            if response.status < 500:
                raise NotTaken(error.sentence) from None
            raise

    async def find(self, mark: str, until: datetime) -> str:
        """The id of the silence in force whose comment holds `mark`; empty if there is none.

        It must be the one asked for: these alerts and no others, up to `until`.
        """
        response = await self._get("/api/v2/silences", self._called)
        for one in self._read(response, list[_Known]):
            same = set(one.matchers) == set(self._matchers())
            lasts = abs((one.ends_at - until).total_seconds()) < 1
            if mark in one.comment and one.status.state == "active" and same and lasts:
                return clean(one.id, 80)
        return ""

    async def _get(self, path: str, *filters: str) -> Response:
        response = await self._endpoint.get(path=path, params={"filter": filters}, accept=_ACCEPT)
        self._expect(response)
        return response

    def _expect(self, response: Response) -> None:
        self._endpoint.no_web_page(response)
        if response.status != 200:
            said = response.body[:300].decode("utf-8", "replace").strip().strip('"')
            raise self._endpoint.refusal(response, clean(said, 200))

    def _read(self, response: Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise FeedError(
                f"{self._endpoint.origin} does not answer as Alertmanager's API v2 does; check the "
                f"url of feed {self._endpoint.spec.id}"
            ) from None

    def _matchers(self) -> tuple[Matcher, ...]:
        return (Matcher("alertname", self._name), *(self._matcher(text) for text in self._match))

    def _matcher(self, text: str) -> Matcher:
        """A condition of the feed, so that nobody else's alerts of this name are silenced."""
        found = _MATCHER.fullmatch(text)
        if found is None:
            raise NotTaken(
                f"feeds.{self._endpoint.spec.id}.match: {clean(text, 80)} cannot be made part of a "
                'silence; write it as name="value"'
            )
        name, operator, quoted, plain = found.groups()
        value = plain if quoted is None else re.sub(r"\\(.)", _unescaped, quoted)
        return Matcher(name, value, "~" in operator, not operator.startswith("!"))


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[0])
