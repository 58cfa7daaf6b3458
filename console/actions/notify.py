"""Notices to people, over the addresses that `warroom.toml` names. An address is a secret."""

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from config.model import MissingSecret, Secret
from console.bounded import within

NOTICE_S = 20.0
_STATUS = re.compile(r"error=(\d{3})\b")
_loading = threading.Lock()
_library = logging.getLogger("apprise")
_heard = threading.local()


async def notify(addresses: Sequence[Secret], base: Path, title: str, text: str) -> str:
    """Send one notice to all `addresses`; empty if each took it, else one sentence why not.

    Secret files lie relative to `base`. Takes 20 s at most.
    """
    if not addresses:
        return "no address to notify: write `notify` for this person in warroom.toml"
    try:
        return await send(addresses, base, title, text, NOTICE_S)
    except TimeoutError:
        return f"the notice was not taken within {NOTICE_S:g} s"


async def send(
    addresses: Sequence[Secret], base: Path, title: str, text: str, deadline_s: float
) -> str:
    """As `notify`, within `deadline_s` real seconds; `TimeoutError` if nobody knows by then.

    It runs in a thread of its own: an address that hangs holds nothing else up.
    """
    return await within(deadline_s, lambda: _send(addresses, base, title, text))


def _send(addresses: Sequence[Secret], base: Path, title: str, text: str) -> str:
    refused, why = 0, ""
    for number, address in enumerate(addresses, 1):
        try:
            url = address.reveal(base).get_secret_value()
        except MissingSecret as missing:
            return str(missing)
        sender = _sender(url)
        if sender is None:
            return f"address {number} is none that a notice can be sent to"
        with _hearing() as heard:
            taken = sender.notify(body=text, title=title)
        if not taken:
            refused += 1
            why = why or _why(heard)
    if refused:
        return f"{refused} of {len(addresses)} addresses did not take the notice{why}"
    return ""


@contextmanager
def _hearing() -> Iterator[list[str]]:
    _heard.said = []
    try:
        yield _heard.said
    finally:
        del _heard.said


def _take_in(record: logging.LogRecord) -> bool:
    """Keep what the library says for who listens in this thread; it goes to no handler."""
    if hasattr(_heard, "said"):
        _heard.said.append(record.getMessage())
    return False


def _why(said: Sequence[str]) -> str:
    """Why an address did not take a notice, without the address; empty if nobody said."""
    for line in said:
        if found := _STATUS.search(line):
            with suppress(ValueError):
                status = HTTPStatus(int(found[1]))
                return f": it answered {status.value} {status.phrase}"
        if "onnection error" in line:
            return ": it cannot be reached"
    return ""


def _sender(url: str) -> Any:
    """What sends to `url`; None if nothing does. The first takes a third of a second and more."""
    with _loading:  # a thread that comes while another one loads finds half of the services
        import apprise  # noqa: PLC0415 - only who notifies needs it

        _library.setLevel(logging.WARNING)
        _library.addFilter(_take_in)  # its lines hold addresses: none may come to a log or terminal
        sender = apprise.Apprise()
        return sender if sender.add(url) else None
