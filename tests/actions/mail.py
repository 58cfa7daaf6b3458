"""A real SMTP server on loopback that keeps what it takes: mail as Apprise sends it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox:
    """The messages taken, whole."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[str] = []

    def address(self, name: str) -> str:
        """The Apprise URL of somebody's mail."""
        query = "smtp=127.0.0.1&mode=insecure&from=warroom@host.example"
        return f"mailto://127.0.0.1:{self.port}/?{query}&to={name}@host.example"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mailbox: Mailbox


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        """Speak as much of SMTP as a client needs."""
        self._say("220 loopback")
        while line := self.rfile.readline():
            match line.decode().strip().upper().split(" ", 1)[0]:
                case "DATA":
                    self._say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()).rstrip(b"\r\n") != b".":
                        lines.append(text.decode())
                    self.server.mailbox.taken.append("".join(lines))
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")


@contextmanager
def mail() -> Iterator[Mailbox]:
    """A mail server on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.mailbox = Mailbox(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.mailbox
    finally:
        server.shutdown()
        server.server_close()
