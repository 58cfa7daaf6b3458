"""`warroom config schema`: what an editor must know of `warroom.toml`."""

import json
from argparse import Namespace

from config.schema import schema as schema_of
from console.cli.exits import DONE
from console.cli.say import say, write


def schema(args: Namespace) -> int:
    """`warroom config schema`: 0."""
    text = json.dumps(schema_of(), indent=2, allow_nan=False) + "\n"
    if args.output is None:
        write([text])
        return DONE
    args.output.write_text(text, "utf-8")
    say(
        f"Wrote {args.output}. For editors with Taplo (VS Code: Even Better TOML), write as the",
        f"first line of warroom.toml: #:schema {args.output.resolve()}",
    )
    return DONE
