"""`warroom serve`: the console in a browser, read-only."""

import asyncio
import errno
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError

from config.load import load
from console.clean import clean
from console.cli.exits import DONE, UNREACHED
from console.cli.running import told_to_stop
from console.cli.say import say_now, warn
from console.room import OpenFailed
from console.serve.door import BadToken, Door, is_loopback, new_token, token_in
from console.serve.site import Site, serving


def serve(args: Namespace) -> int:
    """`warroom serve`: 2 for a deployment or token that is none, 3 where it cannot listen."""
    if not 0 <= args.port <= 65_535:
        raise OpenFailed("--port is a number from 0 to 65535; 0 takes one that is free")
    loaded = load(args.dir)
    try:
        token = new_token() if args.token_file is None else token_in(args.token_file)
    except BadToken as error:
        raise OpenFailed(str(error)) from None
    if not is_loopback(args.host):
        warn(
            f"{args.host} is reached from other machines: whoever has the token sees the console, "
            "calls' texts among it, and nothing on the way is encrypted"
        )
    title = clean(loaded.deployment.agent.name, 60)
    argv = [sys.executable, "-P", "-m", "console.cli.tab", str(loaded.directory)]
    site = Site(title, argv, Door(token, args.host))

    def ready(port: int) -> None:
        host = f"[{args.host}]" if ":" in args.host else args.host
        known = (
            f"?token={token}" if args.token_file is None else "?token=… with what is in the file"
        )
        say_now(f"the console of {title}, read-only: http://{host}:{port}/{known}")
        say_now("stop with ctrl+c")

    logging.getLogger("aiohttp.server").addFilter(_told_in_short)
    try:
        asyncio.run(_until_told(site, args.host, args.port, ready))
    except OSError as error:
        known = error.errno is not None and error.errno > 0
        why = os.strerror(error.errno or 0) if known else error.strerror
        if error.errno == errno.EADDRINUSE:
            why = "something else listens there: choose another --port"
        warn(f"{args.host} port {args.port} cannot be listened at: {why}")
        return UNREACHED
    return DONE


def _told_in_short(record: logging.LogRecord) -> bool:
    """Whether to say it: what a stranger sent wrong is not, a fault of ours is, in a sentence."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, HttpProcessingError):
        warn(f"a fault of ours while a page was served ({type(error).__name__})")
    return False


async def _until_told(site: Site, host: str, port: int, ready: Callable[[int], None]) -> None:
    await serving(site, host, port, ready, told_to_stop())
