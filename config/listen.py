"""Where a receiver may listen: a port of this machine that no other machine reaches."""

from ipaddress import ip_address

from config.base import refusal


def listen_at(text: str) -> tuple[str, int]:
    """`127.0.0.1:4318`, `localhost:4318` or `[::1]:4318` as address and port; 0 is any free port.

    Any other address is refused: what a receiver is told decides gates, and HTTP hides nothing.
    """
    host, _, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    host = "127.0.0.1" if host == "localhost" else host
    if not (port.isascii() and port.isdigit() and int(port[:6]) <= 65_535):
        raise refusal("must be an address and a port, such as 127.0.0.1:4318")
    try:
        is_ours = ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours:
        raise refusal(
            "must be on loopback, such as 127.0.0.1:4318: run the agent on the same host, or reach "
            "it through an SSH tunnel (ssh -R 4318:127.0.0.1:4318 agent-host)"
        )
    return host, int(port)


def on_loopback(text: str) -> str:
    """`text`, if a receiver may listen there."""
    listen_at(text)
    return text
