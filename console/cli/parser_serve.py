"""The words of the command line for the browser."""

from pathlib import Path

from console.cli.parser_rollout import Add

PORT = 8765


def add_serve(add: Add) -> None:
    """The console in a browser."""
    serve = add(
        "serve", "serve:serve", "the console in a browser, read-only, for who has the token"
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="where to listen (127.0.0.1: this machine only)"
    )
    serve.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"0 takes one that is free ({PORT})"
    )
    serve.add_argument(
        "--token-file",
        type=Path,
        default=None,
        metavar="F",
        help="the token, in a file that only you can read; without: a new one each time",
    )
