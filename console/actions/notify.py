"""Notices to people, over the addresses that `warroom.toml` names. An address is a secret."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from config.model import MissingSecret, Secret

NOTICE_S = 20.0


async def notify(addresses: Sequence[Secret], base: Path, title: str, text: str) -> str:
    """Send one notice to all `addresses`; empty if each took it, else one sentence why not.

    Secret files lie relative to `base`. Takes 20 s at most.
    """
    if not addresses:
        return "no address to notify: write `notify` for this person in warroom.toml"
    try:
        async with asyncio.timeout(NOTICE_S):
            return await asyncio.to_thread(_send, addresses, base, title, text)
    except TimeoutError:
        return f"the notice was not taken within {NOTICE_S:g} s"


def _send(addresses: Sequence[Secret], base: Path, title: str, text: str) -> str:
    import apprise  # noqa: PLC0415 - a fifth of a second, and only who notifies needs it

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses
    refused = 0
    for number, address in enumerate(addresses, 1):
        try:
            url = address.reveal(base).get_secret_value()
        except MissingSecret as missing:
            return str(missing)
        sender = apprise.Apprise()
        if not sender.add(url):
            return f"address {number} is none that a notice can be sent to"
        if not sender.notify(body=text, title=title):
            refused += 1
    if refused:
        return f"{refused} of {len(addresses)} addresses did not take the notice"
    return ""
