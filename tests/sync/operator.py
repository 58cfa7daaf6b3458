"""Keys of users, and an operator who signs for them, as NATS's own tools would make them."""

import base64
import json
import secrets
from pathlib import Path

import nkeys


class _Pair:
    """A pair of keys of one kind."""

    def __init__(self, kind: int) -> None:
        self.seed = bytes(nkeys.encode_seed(secrets.token_bytes(32), kind))
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.public: str = self._pair.public_key.decode()

    def token(self, subject: str, name: str, claims: dict[str, object]) -> str:
        """What this key says of `subject`."""
        head = _part({"typ": "JWT", "alg": "ed25519-nkey"})
        body = {"iat": 1_700_000_000, "iss": self.public, "jti": secrets.token_hex(8)}
        text = f"{head}.{_part(body | {'name': name, 'sub': subject, 'nats': claims})}"
        return f"{text}.{_base64(self._pair.sign(text.encode()))}"


def seed_file(place: Path, name: str) -> tuple[str, Path]:
    """A user's public key, and the file with its seed."""
    pair = _Pair(nkeys.PREFIX_BYTE_USER)
    file = place / f"{name}.nk"
    file.write_bytes(pair.seed + b"\n")
    file.chmod(0o600)
    return pair.public, file


class Operator:
    """Has one account, whose users have files of credentials in `place`."""

    def __init__(self, place: Path) -> None:
        """Make the keys."""
        self._place = place
        self._account = _Pair(nkeys.PREFIX_BYTE_ACCOUNT)
        operator = _Pair(nkeys.PREFIX_BYTE_OPERATOR)
        limits = dict.fromkeys(
            ("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1
        )
        kept = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
        public, system = self._account.public, _Pair(nkeys.PREFIX_BYTE_ACCOUNT).public
        claims = {"type": "account", "version": 2, "limits": limits | {"wildcards": True}}
        both = claims | {"limits": limits | kept | {"wildcards": True}}
        itself = operator.token(operator.public, "operator", {"type": "operator", "version": 2})
        self.server = (
            f"operator: {itself}\nresolver: MEMORY\nsystem_account: {system}\n"
            f"resolver_preload: {{\n{public}: {operator.token(public, 'account', both)}\n"
            f"{system}: {operator.token(system, 'SYS', claims)}\n}}"
        )

    def user(self, name: str) -> Path:
        """The file of a new user."""
        pair = _Pair(nkeys.PREFIX_BYTE_USER)
        claims = {"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1}
        token = self._account.token(pair.public, name, claims | {"pub": {}, "sub": {}})
        file = self._place / f"{name}.creds"
        file.write_text(
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{pair.seed.decode()}\n"
            "------END USER NKEY SEED------\n"
        )
        file.chmod(0o600)
        return file


def _part(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
