"""`warroom serve`: who is let in, that nothing is done or left behind, and that tabs end."""

import asyncio
import signal
import string
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from textual.binding import Binding

from console.screens.base import SCREENS
from tests.app.everywhere import MODES
from tests.executor.processes import kill, wait
from tests.room.test_past import tree
from tests.serve.conftest import Served, serve, tab, visitor

F9, ESCAPE, ENTER = "\x1b[20~", "\x1b", "\r"
BACK = "\x1b[27u"  # Escape too, as terminals send it that let no key be mistaken for another
# But q, which leaves, and the digits, which go to another screen.
KEYS = "".join(sorted({*string.ascii_letters} - {"q"}))


async def status(client: aiohttp.ClientSession, url: str, **headers: str) -> int:
    async with client.get(url, headers=headers) as answer:
        text = await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in answer.headers
        if answer.status != 200:
            assert "claims" not in text
    return answer.status


async def test_nobody_is_let_in_without_the_token(served: Served) -> None:
    at = served.origin
    paths = ("/", "/?token=", "/?token=wrong", "/ws", "/static/js/textual.js", "/page.css", "/x")
    async with aiohttp.ClientSession() as stranger:
        for path in paths:
            assert await status(stranger, at + path) == 403, path
            assert await status(stranger, at + path, Cookie="warroom-1=x") == 403, path
    assert not served.tabs


async def test_a_cookie_takes_the_tokens_place(served: Served) -> None:
    async with aiohttp.ClientSession() as client, client.get(served.url) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert '<meta http-equiv="refresh" content="0;url=/">' in await answer.text()
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert served.url.partition("token=")[2] not in cookie
    async with visitor(served) as client:
        assert await status(client, f"{served.origin}/") == 200
        assert await status(client, f"{served.origin}/static/js/textual.js") == 200
        assert await status(client, f"{served.origin}/download/x") == 404


async def test_a_stranger_writes_nothing_on_the_servers_terminal(served: Served) -> None:
    said = served.processes.place / "said"
    before = said.read_bytes()
    place, port = served.origin.removeprefix("http://").split(":")
    asked = "GET / HTTP/1.1\r\nHost: 127.0.0.1:"
    for request in ("nonsense", f"{asked}x", f"{asked}99999"):
        reader, writer = await asyncio.open_connection(place, int(port))
        writer.write(f"{request}\r\nConnection: close\r\n\r\n".encode())
        assert b" 40" in await reader.read()
        writer.close()
        await writer.wait_closed()
    assert said.read_bytes() == before


async def test_other_names_and_other_pages_get_nothing(served: Served) -> None:
    port = served.origin.rpartition(":")[2]
    async with visitor(served) as client:
        for host in (f"evil.example:{port}", "evil.example", "127.0.0.1.evil.example", ""):
            assert await status(client, f"{served.origin}/", Host=host) == 403, host
            assert await status(client, served.url, Host=host) == 403, host
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{int(port) + 1}"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await client.ws_connect(f"{served.origin}/ws", headers={"Origin": origin})
    assert not served.tabs


def at_home(text: str) -> bool:
    """Whether no dialog lies over the screen."""
    return "q Quit" in text.splitlines()[-1]


def of_screen(mode: str) -> str:
    """The plain keys that a screen binds."""
    bound = [one for one in MODES[mode].BINDINGS if isinstance(one, Binding)]
    return "".join(key for one in bound for key in one.key.split(",") if len(key) == 1)


async def test_no_key_does_or_leaves_anything(served: Served) -> None:
    before = tree(served.directory, served.processes.place / "home")
    async with visitor(served) as client, tab(client, served) as page:
        await page.sees("READ-ONLY · served", "claims-triage", "nobody")
        await page.send(F9)
        await page.sees("Nothing is armed here", "rollback owner, +44 20 7946 0012")
        await page.send(string.ascii_uppercase + ENTER)
        await page.again(ESCAPE, at_home)
        await page.send("n")
        await page.sees("Refused", "read-only view")
        await page.send(":")
        await page.sees("theme NAME")
        await page.send(f"rollback{ENTER}")
        await page.sees("Nothing is armed here")
        await page.again(ESCAPE, at_home)
        for mode in SCREENS:
            # The console's own keys once, then those of each screen.
            keys = KEYS if mode is SCREENS[0] else of_screen(mode.id)
            await page.send(mode.key + "".join(f"{key}{BACK}" for key in keys) + ENTER + BACK)
        await page.send(F9)
        await page.sees("Nothing is armed here")
    served.no_tab_is_left()
    assert tree(served.directory, served.processes.place / "home") == before
    assert served.switch.bodies == []
    assert served.switch.looked == 0
    assert not served.processes.executors()


async def test_a_tab_that_is_closed_leaves_no_process(served: Served) -> None:
    async with visitor(served) as client:
        async with tab(client, served) as one, tab(client, served) as other:
            await one.sees("READ-ONLY")
            assert len(served.tabs) == 2
            await other.send("q")
            while (await other.socket.receive()).type != aiohttp.WSMsgType.CLOSE:
                pass
            wait(lambda: len(served.tabs) == 1)
            await one.socket.send_json({"no": "page of ours"})
            await one.socket.send_str("[" * 5000)
        served.no_tab_is_left()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_server_that_ends_leaves_no_process(served: Served, number: signal.Signals) -> None:
    pid, url = serve(served.processes)
    mine = replace(served, url=url)
    async with visitor(mine) as client, tab(client, mine) as page:
        await page.sees("READ-ONLY")
        kill(pid, number)
        served.no_tab_is_left()
    assert "fault" not in (served.processes.place / "said").read_text(), (
        "it leaves, it does not fall"
    )


def test_it_says_in_a_sentence_why_it_does_not_serve(served: Served, tmp_path: Path) -> None:
    port = served.origin.rpartition(":")[2]
    run = served.processes.said
    code, said = run("serve", served.directory, "--port", port)
    assert code == 3
    assert said == (
        f"warroom: 127.0.0.1 port {port} cannot be listened at: something else listens there: "
        "choose another --port\n"
    )
    token = tmp_path / "token"
    token.write_text("t" * 30)
    token.chmod(0o644)
    code, said = run("serve", served.directory, "--token-file", token)
    assert (code, said.count("\n")) == (2, 1)
    assert f"chmod 600 {token}" in said
    code, said = run("serve", tmp_path / "nothing")
    assert (code, said.count("\n")) == (2, 1)
