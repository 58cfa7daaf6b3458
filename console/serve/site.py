"""The server: its pages, its websocket, and what is said to whom is not let in."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from console.serve.door import Door
from console.serve.session import Session, within

MOST_SESSIONS = 10
MOST_PROCESSES = 2 * MOST_SESSIONS  # those of tabs that were closed a moment ago among them
MOST_BYTES = 65_536  # of a message from a page
HEARTBEAT_S = 15.0
HEADERS = {
    "Cache-Control": "no-store",
    # xterm.js and the bundle around it write their styles into the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OWN = {"/page.css": "text/css", "/page.js": "text/javascript"}
# The terminal of textual-serve; its page, which asks others for a font, is not used.
THEIRS = {
    "/static/js/textual.js": "text/javascript",
    "/static/css/xterm.css": "text/css",
    "/static/fonts/RobotoMono-VariableFont_wght.ttf": "font/ttf",
}
NOT_LET_IN = "Open the address that warroom serve printed: this one has no token, or a wrong one."
NOT_ASKED = "This view is not reached by that name, or not from that page."
FULL = (
    f"{MOST_SESSIONS} tabs look at this console already, which is the most: close one, then "
    "reload this page."
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """Everything behind one address; `argv` is what runs behind each tab."""

    def __init__(self, title: str, argv: Sequence[str], door: Door) -> None:
        """`title` is the agent's name, cleaned."""
        self._title = title
        self._argv = argv
        self._door = door
        self._sessions: set[Session] = set()
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """The application to run. It ends its processes when it is shut down."""
        app = web.Application(middlewares=[self._guard], client_max_size=MOST_BYTES)
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._talk)
        for path, kind in OWN.items():
            app.router.add_get(path, _file(Path(str(_packed(path))), kind))
        for path, kind in THEIRS.items():
            app.router.add_get(path, _file(Path(str(files("textual_serve"))) / path[1:], kind))
        app.on_shutdown.append(self._close)
        app.on_response_prepare.append(_add_headers)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who comes by our own name, and has the cookie or brings the token."""
        door = self._door
        origin = request.headers.get("Origin")
        if not door.goes_by(request.host) or (
            origin is not None and not door.is_own_page(origin, request.host)
        ):
            return _told(403, NOT_ASKED)
        name = cookie_name(request)
        if request.path == "/" and "token" in request.query:
            if not door.takes(request.query["token"]):
                return _told(403, NOT_LET_IN)
            # A page that goes on, and no redirect: that would count as one of whatever page the
            # link was on, for which a browser keeps a strict cookie back.
            entered = _told(200, "Opening the console …", onward=True)
            entered.set_cookie(name, door.cookie, httponly=True, samesite="Strict", path="/")
            return entered
        if not door.knows(request.cookies.get(name, "")):
            return _told(403, NOT_LET_IN)
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _told(error.status, f"There is nothing here ({error.reason}).")

    async def _page(self, request: web.Request) -> web.Response:
        if len(self._sockets) >= MOST_SESSIONS:
            return _told(503, FULL)
        page = Template(_packed("page.html").read_text("utf-8"))
        return _html(200, page.substitute(title=escape(self._title), host=escape(request.host)))

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        """A tab, for as long as it is open."""
        if request.headers.get("Origin") is None:
            return _told(403, NOT_ASKED)
        if len(self._sockets) >= MOST_SESSIONS or len(self._sessions) >= MOST_PROCESSES:
            return _told(503, FULL)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MOST_BYTES)
        session = Session(self._argv, socket)
        self._sockets.add(socket)
        self._sessions.add(session)
        try:
            await socket.prepare(request)
            width, height = (within(request.query.get(name)) for name in ("width", "height"))
            await session.start(width, height)
            await _listen(socket, session)
        finally:
            # A tab that breaks off cancels this, and its process must be gone all the same.
            self._sockets.discard(socket)
            await asyncio.shield(self._end(session))
        return socket

    async def _end(self, session: Session) -> None:
        try:
            await session.stop()
        finally:
            self._sessions.discard(session)

    async def _close(self, _: web.Application) -> None:
        """Stop: every tab's process first."""
        await asyncio.gather(*(session.stop() for session in list(self._sessions)))
        await asyncio.gather(*(socket.close() for socket in list(self._sockets)))


async def _listen(socket: web.WebSocketResponse, session: Session) -> None:
    """Pass on what a page sends, as textual-serve's page does; what it never sends is left out."""
    async for message in socket:
        if message.type != WSMsgType.TEXT:
            continue
        try:
            match json.loads(message.data):
                case ["stdin", str(keys)]:
                    await session.send_bytes(keys.encode("utf-8", "replace"))
                case ["resize", {"width": width, "height": height}]:
                    await session.set_terminal_size(within(width), within(height))
                case ["ping", str(said)]:
                    await socket.send_json(["pong", said[:40]])
                case ["focus"]:
                    await session.focus()
                case ["blur"]:
                    await session.blur()
        except (ValueError, RecursionError):
            await socket.close()


def cookie_name(request: web.Request) -> str:
    """A name of its own for each port of a machine, which browsers do not tell apart."""
    return f"warroom-{urlsplit(f'//{request.host}').port or 80}"


def _packed(name: str) -> Path:
    return Path(str(files("console.serve"))) / name.lstrip("/")


def _file(path: Path, kind: str) -> Handler:
    async def give(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path, headers={"Content-Type": kind})

    return give


def _told(status: int, sentence: str, *, onward: bool = False) -> web.Response:
    """A page of one sentence; `onward` it goes on to the console."""
    more = '<meta http-equiv="refresh" content="0;url=/">' if onward else ""
    return _html(
        status,
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<title>warroom</title><link rel="icon" href="data:,">{more}</head>'
        f"<body><p>{escape(sentence)}</p></body></html>",
    )


def _html(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.popall("Server", None)


async def serving(
    site: Site, host: str, port: int, ready: Callable[[int], None], stop: asyncio.Event
) -> None:
    """Serve until `stop`; `ready` gets the port. `OSError` where it cannot be listened at."""
    runner = web.AppRunner(site.app(), access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, host, port)
        await listening.start()
        ready(runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()
