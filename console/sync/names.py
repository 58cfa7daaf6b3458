"""What things are called at the broker.

Subjects are parted by dots, which ids and writers' names may hold: there a dot becomes `=`, which
no name holds. A stream's name may hold neither; one made of an id with dots ends in a bit of its
hash, so that two ids never share it.
"""

import hashlib


def _token(name: str) -> str:
    return name.replace(".", "=")


def stream(deployment: str) -> str:
    """The stream and the bucket of a deployment."""
    plain = deployment.replace(".", "_")
    if plain != deployment:
        plain = f"{plain}-{hashlib.sha256(deployment.encode()).hexdigest()[:8]}"
    return f"WARROOM-{plain}"


def journal(deployment: str, writer: str = "*") -> str:
    """The subject of a writer's lines, or of all writers'."""
    return f"warroom.{_token(deployment)}.journal.{_token(writer)}"


def presence(deployment: str, writer: str = "*") -> str:
    """The subject on which a writer's machine says who is there, or all of them."""
    return f"warroom.{_token(deployment)}.presence.{_token(writer)}"


def evidence(deployment: str, digest: str, writer: str = "any") -> str:
    """The subject on which a file is asked for: from anybody who has it, or from one machine."""
    return f"warroom.{_token(deployment)}.evidence.{_token(writer)}.{digest}"


def telemetry(deployment: str, what: str, writer: str = "any") -> str:
    """The subject on which recorded minutes are asked for: who has any, or a sheet by its hash.

    It is one of those of evidence, with a token more: who may ask for the one may ask for both.
    """
    return f"warroom.{_token(deployment)}.evidence.minutes.{_token(writer)}.{what}"


def last_of(subject: str) -> str:
    """The writer that a subject names."""
    return subject.rpartition(".")[2].replace("=", ".")
