"""How the journals of several machines meet: by a NATS broker, or a folder that all of them see."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Strict, model_validator

from config.base import Model, Text, filled, refusal


def _broker(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = parts.port != 0
    except ValueError:
        raise refusal("is not an address such as tls://broker.example.com:4222") from None
    if parts.scheme not in {"nats", "tls"} or not parts.hostname or not fine:
        raise refusal("must be an address that begins with nats:// or tls:// and names a host")
    if not text.isprintable() or " " in text or parts.path not in {"", "/"} or parts.query:
        raise refusal("must hold nothing but a host and a port")
    if parts.username is not None or parts.password is not None:
        raise refusal("must not hold a password; name a file in `credentials`")
    return text


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Sync(Model):
    """Paths start at the deployment's directory; `~` is the home of who runs the command.

    `nats` is a broker's address, or those of a cluster's servers. `credentials` is a file with what
    NATS calls credentials (`.creds`) or with an nkey's seed; `ca` the certificate of who signed the
    broker's. `replicas` is how many servers of a cluster keep the stream. `dir` is a folder that
    the machines share or synchronise.
    """

    nats: (
        Annotated[
            tuple[Annotated[str, AfterValidator(_broker)], ...],
            Strict(False),
            BeforeValidator(_several),
            AfterValidator(filled),
        ]
        | None
    ) = None
    credentials: Text | None = None
    ca: Text | None = None
    replicas: Literal[1, 3, 5] = 1
    dir: Text | None = None

    @model_validator(mode="after")
    def _of_a_broker(self) -> Self:
        alone = [
            (f"is of a broker; add `nats` beside it, or remove `{key}`", key)
            for key in ("credentials", "ca", "replicas")
            if self.nats is None and key in self.model_fields_set
        ]
        if alone:
            raise refusal(*alone)
        return self

    @property
    def on(self) -> bool:
        """Whether journals meet others at all."""
        return self.nats is not None or self.dir is not None
