"""The page in a real Chromium: it shows the console, asks nobody else, and ends with its tab."""

from pathlib import Path
from urllib.parse import urlsplit

from tests.serve.chromium import chromium
from tests.serve.conftest import Served


async def test_a_browser_shows_the_console_and_asks_nobody_else(
    served: Served, tmp_path: Path
) -> None:
    async with chromium(tmp_path) as browser:
        page = await browser.tab()
        await page.go(f"{served.origin}/?token=wrong")
        assert "READ-ONLY" not in await page.shows("or a wrong one")
        await page.go(served.url)
        text = await page.shows("READ-ONLY · served", "claims-triage", "escalation rate")
        assert "╭─ metrics ─" in text
        assert await page.evaluate("location.href") == f"{served.origin}/"
        assert await page.evaluate("document.cookie") == ""
        await page.press("F9", 120)
        await page.shows("Nothing is armed here, and nothing can fire.")

        await page.go(f"{served.origin}/?token=again")  # the tab's page is left, and with it
        await page.shows("or a wrong one")
        served.no_tab_is_left()
        await page.go(f"{served.origin}/")
        await page.shows("READ-ONLY · served", "escalation rate")
        assert len(served.tabs) == 1
        await page.close()
        served.no_tab_is_left()
        asked = {urlsplit(url).netloc for url in page.asked}
        assert asked == {urlsplit(served.origin).netloc}
        wrong = [line for line in page.said if "WebGL" not in line and "403" not in line]
        assert not wrong, "the page's own policy lets it do all that it does"
