"""Verifies one writer's journal file with nothing but a hash: python3 verify_journal.py FILE"""

import hashlib
import json
import sys
from pathlib import Path

data, prev, seq, good, place, bare = Path(sys.argv[1]).read_bytes(), "0" * 64, 0, 0, 0, 0
for line in data.split(b"\n")[:-1]:
    h = hashlib.sha256(b"warroom/1\n" + line[:-72]).hexdigest()
    redacted = b',"redacted":true,"seq":' in line  # such a line only says what its hash was
    if redacted or line[-72:] == b',"h":"%b"}' % h.encode():
        entry, torn = json.loads(line), data[good : place - 1]
        what = {"offset": good, "length": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
        named = entry["kind"] == "journal.recovered" and what.items() <= entry["data"].items()
        if (entry["prev"], entry["seq"]) != (prev, seq + 1) or (place > good and not named):
            break  # bytes torn by a crash are good only if the next entry names just them
        prev, seq, good, bare = entry["h"], seq + 1, place + len(line) + 1, bare + redacted
    place += len(line) + 1
sys.stdout.write(f"{seq} entries, head {prev}, {len(data) - good} bytes not verified")
sys.stdout.write(f", {bare} redacted and not verifiable\n" if bare else "\n")
sys.exit(good < len(data))
