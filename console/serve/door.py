"""Who is let in: a token, the cookie that takes its place, and the names that a page may ask by."""

import ipaddress
import os
import re
import stat
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

LEAST_TOKEN, MOST_TOKEN = 20, 200
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class BadToken(Exception):
    """A token file that is not taken; the text is one sentence."""


def new_token() -> str:
    """A token that nobody guesses."""
    return token_urlsafe(24)


def token_in(path: Path) -> str:
    """The token in a file that only its owner can read. Raises `BadToken`."""
    try:
        with path.open("rb") as stream:
            about = os.fstat(stream.fileno())
            raw = stream.read(MOST_TOKEN + 3)
    except OSError as error:
        raise BadToken(f"the token file {path} cannot be read: {error.strerror}") from None
    if stat.S_IMODE(about.st_mode) & 0o077 or about.st_uid not in {os.geteuid(), 0}:
        raise BadToken(
            f"the token file {path} can be read by others than its owner: chmod 600 {path}"
        )
    token = raw.decode("ascii", "replace").strip()
    if not TOKEN.fullmatch(token) or not LEAST_TOKEN <= len(token) <= MOST_TOKEN:
        raise BadToken(
            f"the token file {path} must hold {LEAST_TOKEN} to {MOST_TOKEN} letters, digits and "
            "signs of base64, such as of: openssl rand -hex 24"
        )
    return token


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine only: `localhost`, or an address such as 127.0.0.1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Door:
    """Knows the token and the cookie of one start.

    The cookie is not the token: what a browser keeps is worth nothing after the next start.
    """

    def __init__(self, token: str, host: str) -> None:
        """`host` is what the server listens at."""
        self._token = token.encode()
        self._host = host.casefold()
        self.cookie = token_urlsafe(24)

    def takes(self, token: str) -> bool:
        """Whether that is the token; takes the same time for every wrong one."""
        return compare_digest(token.encode("utf-8", "replace"), self._token)

    def knows(self, cookie: str) -> bool:
        """Whether that is the cookie; takes the same time for every wrong one."""
        return compare_digest(cookie.encode("utf-8", "replace"), self.cookie.encode())

    def goes_by(self, host: str) -> bool:
        """Whether `host`, as a browser sends it, is a name of ours.

        Another site's name may be made to point here, and its page then reads what comes; an
        address cannot. The port is the browser's own matter: a tunnel may end at another one.
        """
        try:
            parts = urlsplit(f"//{host}")
            name, _ = (parts.hostname or "").casefold(), parts.port  # one that is none raises
        except ValueError:
            return False
        if is_loopback(name):
            return True
        if is_loopback(self._host):
            return False
        if name == self._host:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def is_own_page(self, origin: str, host: str) -> bool:
        """Whether a page at `origin` is the one that this server gave out as `host`."""
        return origin == f"http://{host}"
