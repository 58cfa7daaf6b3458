"""An authority of a test's own, and certificates of servers signed by it."""

import subprocess
from pathlib import Path

from tests.feeds.binaries import needed


class Authority:
    """Signs for servers. `file` is its certificate."""

    def __init__(self, place: Path) -> None:
        """Make its key and certificate in `place`."""
        place.mkdir()
        self._place = place
        self._openssl = needed("openssl", "openssl")
        self.file = place / "ca.pem"
        self._key = place / "ca.key"
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=test authority"),
            *("-keyout", str(self._key), "-out", str(self.file)),
        )

    def server(self, address: str) -> str:
        """The broker's settings for TLS, with a certificate for the IP `address`."""
        key, request, made = (self._place / f"server.{end}" for end in ("key", "csr", "pem"))
        extra = self._place / "server.ext"
        extra.write_text(f"subjectAltName=IP:{address}\n")
        self._run(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=broker", "-keyout", str(key), "-out", str(request)),
        )
        self._run(
            *("x509", "-req", "-days", "2", "-in", str(request), "-extfile", str(extra)),
            *("-CA", str(self.file), "-CAkey", str(self._key), "-CAcreateserial"),
            *("-out", str(made)),
        )
        return f'tls {{ cert_file: "{made}", key_file: "{key}" }}'

    def _run(self, *argv: str) -> None:
        subprocess.run([self._openssl, *argv], check=True, capture_output=True)
