"""The lists of the Incidents screen: what a row says, and texts that wrap."""

from rich.cells import cell_len

from tests.widgets.host import DUTIES, INCIDENTS, MARKUP, MOMENTS, Host, shown
from widgets.duties import DutyList
from widgets.incidents import MOST_ROWS, IncidentList, MomentList, MomentView


async def drawn(widget: IncidentList | MomentList | DutyList, items: object, width: int) -> str:
    app = Host(widget)
    async with app.run_test(size=(width, 40)) as pilot:
        widget.show(items)  # type: ignore[arg-type]  # each its own
        await pilot.pause()
        return "\n".join(shown(widget))


async def test_an_incident_says_how_grave_it_is_in_a_sign_and_a_word() -> None:
    text = await drawn(IncidentList(), INCIDENTS, 80)
    assert "▲ severity 1 critical  records were shown" in text
    assert "update OVERDUE by 6 min · open 6 min · lead agent lead" in text
    assert "✓ closed  one answer was late" in text
    assert "no incident: o opens one" in await drawn(IncidentList(), (), 80)


async def test_a_text_wraps_beneath_its_facts_or_beside_them() -> None:
    long = MomentView("w/1", "14:02:31Z", "note", "agent lead", "word " * 60, "recorded later")
    for width in (60, 120):
        text = await drawn(MomentList(), (long,), width)
        assert text.count("word") == 60
        assert "recorded later" in text
        assert max(map(cell_len, text.splitlines())) <= width
    endless = MomentView("w/1", "14:02:31Z", "note", "agent lead", "word " * 6000)
    text = await drawn(MomentList(), (endless,), 120)
    assert len([row for row in text.splitlines() if row.strip()]) == MOST_ROWS
    assert "…" in text


async def test_a_timeline_is_wrapped_anew_when_the_terminal_changes() -> None:
    widget = MomentList()
    app = Host(widget)
    async with app.run_test(size=(200, 40)) as pilot:
        widget.show(MOMENTS)
        widget.focus()
        await pilot.press("end")
        await pilot.resize_terminal(60, 40)
        await pilot.pause()
        assert widget.cursor_id == "w/2"
        text = "\n".join(shown(widget))
        assert "corrected by 14:21:00Z w/3" in text
        assert "the cache was emptied by hand" in text


async def test_a_duty_says_overdue_and_done_in_words() -> None:
    text = await drawn(DutyList(), DUTIES, 80)
    assert "▲ tell the sponsor" in text
    assert "OVERDUE by 6 min · due " in text
    assert "✓ hold the review" in text
    assert "done · " in text
    assert "14:10Z by agent lead: held" in text


async def test_markup_is_text() -> None:
    moment = MomentView("w/1", MARKUP, MARKUP, MARKUP, MARKUP, MARKUP, MARKUP)
    assert MARKUP in await drawn(MomentList(), (moment,), 200)
