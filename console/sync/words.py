"""Why there is no connection, in words for a person."""

import socket
import ssl

import nats.errors
import nats.js.errors

from console.clean import clean


class Unreachable(Exception):
    """There is no connection, or none that helps; the text says why.

    `up`: the broker itself answers, so that this says more than that another one does not.
    """

    def __init__(self, why: str, *, up: bool = False) -> None:
        """Say why."""
        super().__init__(why)
        self.up = up


_NO_STREAMS = (nats.js.errors.NoStreamResponseError, nats.js.errors.ServiceUnavailableError)

# The first that fits is said: `broker` is its address, `detail` what the error itself says.
_SAID: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (ssl.SSLCertVerificationError, "broker {broker}: its certificate is refused ({detail})"),
    (ssl.SSLError, "broker {broker}: no secure connection ({detail})"),
    (socket.gaierror, "broker {broker}: no machine of that name is known"),
    (ConnectionRefusedError, "broker {broker} refuses the connection"),
    (_NO_STREAMS, "broker {broker} keeps no streams: JetStream is off, or has no majority"),
    (nats.js.errors.APIError, "broker {broker} refuses: {detail}"),
    (nats.errors.AuthorizationError, "broker {broker} refuses these credentials"),
    (
        (nats.errors.NoServersError, nats.errors.StaleConnectionError, TimeoutError),
        "broker {broker} does not answer",
    ),
    ((nats.errors.Error, ConnectionError, EOFError), "broker {broker} broke the connection"),
    (OSError, "broker {broker}: {detail}"),
    (Exception, "an error of our own: {detail}"),
)


def lost(error: Exception, broker: str, cluster: str) -> Unreachable:
    """What `error` means on a connection to `broker`, which is of `cluster` (its name, or "")."""
    if cluster and isinstance(error, _NO_STREAMS):
        why = (
            f"broker {broker} is up, but its cluster {clean(cluster, 60)} has no majority "
            "now: more than half of its servers must run"
        )
        return Unreachable(why, up=True)
    return Unreachable(told(error, broker), up=isinstance(error, _NO_STREAMS))


def told(error: Exception, broker: str) -> str:
    """One sentence about `error`, which the connection to `broker` (host and port) met."""
    if isinstance(error, Unreachable):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used ({error.strerror})"
    if "authorization" in str(error).lower() or "authentication" in str(error).lower():
        return f"broker {broker} refuses these credentials"
    words = next(words for kinds, words in _SAID if isinstance(error, kinds))
    return words.format(broker=broker, detail=_detail(error))


def _detail(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            text = error.verify_message
        case ssl.SSLError():
            text = error.reason
        case OSError():
            text = error.strerror or "it cannot be reached"
        case nats.js.errors.APIError():
            text = error.description or "no reason given"
        case _:
            text = f"{type(error).__name__} ({error})"
    return clean(text, 200)
