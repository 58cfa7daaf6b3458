"""What is waited for is said with its seconds, and only while it goes on."""

import asyncio

from textual.app import App, ComposeResult

from widgets.waiting import Waiting


class Waits(App[None]):
    def compose(self) -> ComposeResult:
        yield Waiting()


async def test_it_counts_while_it_goes_on() -> None:
    async with Waits().run_test() as pilot:
        line = pilot.app.screen.query_one(Waiting)
        assert not line.display
        line.begin("[b]the switch is read")
        assert (line.display, line.plain) == (True, "… [b]the switch is read")
        async with asyncio.timeout(10):
            while line.plain != "… [b]the switch is read 1 s":
                await pilot.pause()
        line.end()
        assert not line.display
