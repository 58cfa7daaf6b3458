"""Ports for servers that are started, killed and started again at the same one."""

import random
import socket

# Below those that the system gives to outgoing connections: one of them could take it in between.
LOWEST, HIGHEST = 20_000, 32_000


def free_port() -> int:
    """A port that nobody has at this moment, and no outgoing connection gets."""
    while True:
        port = random.randint(LOWEST, HIGHEST)
        with socket.socket() as held:
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
