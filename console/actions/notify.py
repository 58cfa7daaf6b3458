"""Notices to people, over the addresses that `warroom.toml` names. An address is a secret."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.model import MissingSecret, Secret
from console.bounded import within

NOTICE_S = 20.0
_loading = threading.Lock()


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
    refused = 0
    for number, address in enumerate(addresses, 1):
        try:
            url = address.reveal(base).get_secret_value()
        except MissingSecret as missing:
            return str(missing)
        sender = _sender(url)
        if sender is None:
            return f"address {number} is none that a notice can be sent to"
        if not sender.notify(body=text, title=title):
            refused += 1
    if refused:
        return f"{refused} of {len(addresses)} addresses did not take the notice"
    return ""


def _sender(url: str) -> Any:
    """What sends to `url`; None if nothing does. The first takes a third of a second and more."""
    with _loading:  # a thread that comes while another one loads finds half of the services
        import apprise  # noqa: PLC0415 - only who notifies needs it

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses
        sender = apprise.Apprise()
        return sender if sender.add(url) else None
