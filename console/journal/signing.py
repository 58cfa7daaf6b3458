"""Signatures by the `ssh-keygen` of the machine: Ed25519 keys from a file or from an agent.

Nobody is ever asked for anything: a key that needs a passphrase belongs in an agent.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.clean import clean

NAMESPACE = "warroom"
DEADLINE_S = 15.0

_ARMOR = re.compile(
    r"\s*-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]{1,8000})-----END SSH SIGNATURE-----\s*"
)
_LISTED = re.compile(r"[0-9]+ (SHA256:[A-Za-z0-9+/]{43}) .*\(([A-Za-z0-9-]+)\)\s*")
_GOOD = re.compile(r'Good "warroom" signature .*with (\S+) key (SHA256:[A-Za-z0-9+/]{43})\s*')
_MAGIC = b"SSHSIG"
_KEY = b"AAAA"  # every public key begins with a short word's length, in base64


class SigningError(Exception):
    """A signature cannot be made or checked; the text is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature is worth.

    `trusted`: made by a key that the allowed signers name, over exactly this text. `untrusted`:
    the signature fits the text, but nobody vouches for the key. `bad`: it does not fit, or is none.
    `who` is the principal of the allowed signers, "" unless trusted; `key` the fingerprint, "" if
    bad; `why` one sentence.
    """

    state: Literal["trusted", "untrusted", "bad"]
    who: str
    key: str
    why: str


def sign(text: bytes, key: Path) -> str:
    """The armored signature over `text` by the Ed25519 key at `key`.

    That is a private key's file, or a `.pub` whose private half an agent holds. `SigningError`
    if it cannot be made.
    """
    _must_be_ed25519(key)
    done = _run("-Y", "sign", "-f", str(key), "-n", NAMESPACE, given=text)
    signature = done.stdout.decode("ascii", "replace")
    if done.returncode == 0 and _ARMOR.fullmatch(signature):
        return signature
    raise SigningError(_why_not(key, _said(done)))


def check(text: bytes, signature: str, allowed: Path | None, at: str = "") -> Signed:
    """Who signed `text`, by the file of allowed signers, or without it only by which key.

    `at` (RFC 3339 in UTC, seconds) is when a key's validity is looked at: now, if it is not said.
    `SigningError` where `ssh-keygen` or the file of allowed signers cannot be used.
    """
    if not _ARMOR.fullmatch(signature):
        return Signed("bad", "", "", "it is no SSH signature")
    if allowed is not None:
        _must_be_readable(allowed, "the file of allowed signers")
    with tempfile.TemporaryDirectory(prefix="warroom-") as folder:
        file = Path(folder) / "sig"
        file.write_text(signature.strip() + "\n", "ascii")
        fits = _run("-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(file), given=text)
        good = _GOOD.fullmatch(fits.stdout.decode("utf-8", "replace"))
        if fits.returncode != 0 or good is None:
            return Signed("bad", "", "", _misfit(signature))
        key = good[2]
        if allowed is None:
            why = f"valid, by the key {key}; no allowed_signers says whose that is"
            return Signed("untrusted", "", key, why)
        when = ("-O", f"verify-time={re.sub('[^0-9]', '', at)}") if at else ()
        named = _run("-Y", "find-principals", "-f", str(allowed), "-s", str(file), *when)
        for line in named.stdout.decode("utf-8", "replace").splitlines():
            who = next((one for one in line.split(",") if one and not one.startswith("!")), "")
            words = ("-Y", "verify", "-f", str(allowed), "-I", who, "-n", NAMESPACE)
            if who and _run(*words, *when, "-s", str(file), given=text).returncode == 0:
                return Signed("trusted", who, key, f"valid, by {clean(who, 200)} ({key})")
    valid = " at that time" if at else ""
    why = f"the key {key} is not one that {allowed} allows{valid} for {NAMESPACE}"
    return Signed("untrusted", "", key, why)


def key_of(signature: str) -> bytes | None:
    """The public key that an armored signature says it was made with; None if it is none."""
    if not _ARMOR.fullmatch(signature):
        return None
    try:
        return _fields(signature)[0]
    except (binascii.Error, struct.error):
        return None


def keys_in(allowed: bytes) -> frozenset[bytes] | None:
    """The public keys in a file of allowed signers, of which nothing else is checked.

    None where it vouches for more keys than it names, through an authority.
    """
    if b"cert-authority" in allowed.lower():
        return None
    found = set()
    for word in allowed.split():
        if word.startswith(_KEY):
            with contextlib.suppress(binascii.Error):
                found.add(base64.b64decode(word))
    return frozenset(found)


def fingerprint(key: bytes) -> str:
    """A public key as `ssh-keygen -l` tells it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _must_be_ed25519(key: Path) -> None:
    _must_be_readable(key, "the signing key")
    done = _run("-l", "-f", str(key))
    found = _LISTED.fullmatch(done.stdout.decode("utf-8", "replace"))
    if found is None:
        raise SigningError(_why_not(key, _said(done)))
    if found[2] != "ED25519":
        raise SigningError(
            f"{key} is a key of the type {found[2]}; signatures here are Ed25519: make one with "
            "ssh-keygen -t ed25519"
        )


def _must_be_readable(path: Path, what: str) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise SigningError(f"{what}, {path}, cannot be read: {error.strerror}") from None


def _why_not(key: Path, said: str) -> str:
    if "too open" in said:
        return f"{key} can be read by others, so it is not used: chmod 600 {key}"
    if "passphrase" in said:
        return (
            f"{key} needs a passphrase, and none is asked for here: put the key into your agent "
            f"(ssh-add {key})"
        )
    if "No private key found" in said or "agent refused" in said:
        return (
            f"the private half of {key} is not in an agent that can be reached here, or the agent "
            "refused: start one and ssh-add the key"
        )
    if "is not a public key file" in said or "invalid format" in said or "load public key" in said:
        return f"{key} is no SSH key: name a private key's file, or the .pub of one in your agent"
    return f"ssh-keygen does not sign with {key}: {clean(said, 200) or 'it says nothing'}"


def _misfit(signature: str) -> str:
    """Why a signature does not fit: made for another purpose, or over another text."""
    try:
        namespace = _fields(signature)[1].decode("ascii")
    except (binascii.Error, struct.error, UnicodeDecodeError):
        return "it is no SSH signature"
    if namespace != NAMESPACE:
        purpose = clean(namespace, 40)
        return f'it was made for the namespace "{purpose}", and here it must be "{NAMESPACE}"'
    return "it does not fit the text: one of the two was changed"


def _fields(signature: str) -> list[bytes]:
    """The public key and the namespace; `binascii.Error` or `struct.error` where they are not."""
    blob = base64.b64decode("".join(signature.strip().split("\n")[1:-1]), validate=False)
    fields = []
    place = len(_MAGIC) + 4
    for _ in range(2):
        (length,) = struct.unpack_from(">I", blob, place)
        fields.append(blob[place + 4 : place + 4 + length])
        place += 4 + length
    return fields


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return " ".join(line for line in lines if line and line != "Signing data on standard input")


def _run(*words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    program = shutil.which("ssh-keygen")
    if program is None:
        raise SigningError(
            "ssh-keygen is not installed here, and signatures are made and checked with it: "
            "install the OpenSSH client"
        )
    kept = ("PATH", "HOME", "SSH_AUTH_SOCK")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    # Times without a zone are then UTC, as far back as ssh-keygen knows times at all.
    env |= {"LC_ALL": "C", "TZ": "UTC", "SSH_ASKPASS_REQUIRE": "never"}
    try:
        return subprocess.run(
            [program, *words],
            input=given,
            capture_output=True,
            env=env,
            timeout=DEADLINE_S,
            start_new_session=True,  # without a terminal there is nowhere to ask for a passphrase
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SigningError(
            f"ssh-keygen did not answer within {DEADLINE_S:g} s: is the agent waiting for a touch "
            "or a confirmation?"
        ) from None
    except OSError as error:
        raise SigningError(f"{program} cannot be run: {error.strerror}") from None
