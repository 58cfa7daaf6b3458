"""Logs over HTTP that are asked by time: late records, small pages, clocks that are off."""

import pytest

from tests.feeds.records import START, ids_of, line
from tests.feeds.server import Server
from tests.feeds.test_jsonl_http import NOW, Api, Following, following, ids

__all__ = ["following"]


@pytest.mark.parametrize("form", ["rfc3339", "unix", "unix-ms"])
async def test_since_asks_again_for_a_minute(
    following: Following, server: Server, form: str
) -> None:
    api = server.answers["/log"] = Api()
    api.form = form
    follower = following(url=server.url + "/log?tenant=a+b", by="since", since_format=form)
    assert await follower.ids() == []
    assert "since" not in server.seen[-1].path
    api.lines = [line(n) for n in range(300)]
    assert await follower.ids() == ids(0, 300)
    late = line(250, id="late")
    api.lines.insert(251, late)
    api.lines.append(line(300))
    assert await follower.ids() == [*ids(239, 12), "late", *ids(251, 50)]


async def test_since_pages_until_it_has_caught_up(following: Following, server: Server) -> None:
    api = server.answers["/log"] = Api(page=200)
    api.lines = [line(n) for n in range(1000)]
    follower = following(url=server.url + "/log?tenant=a+b", by="since")
    got: set[str] = set()
    polls = 0
    behind = True
    while behind:
        batch = await follower.poll()
        got |= {call.id for call in batch.calls}
        behind = batch.behind
        polls += 1
    assert got == set(ids(0, 1000))
    assert polls < 12


@pytest.mark.parametrize("page", [2, 20, 59])
async def test_a_minute_may_hold_more_than_a_page(
    following: Following, server: Server, page: int
) -> None:
    api = server.answers["/log"] = Api(page)
    api.lines = [line(n) for n in range(200)]
    follower = following(url=server.url + "/log?tenant=a+b", by="since")
    got: list[str] = []
    batch = await follower.poll()
    while batch.behind:
        got += ids_of(batch)
        batch = await follower.poll()
    got += ids_of(batch)
    assert set(got) == set(ids(0, 200))
    asked = len(server.seen)
    await follower.poll()
    assert len(server.seen) <= asked + 2


async def test_a_record_from_the_future_hides_nothing(following: Following, server: Server) -> None:
    api = server.answers["/log"] = Api()
    api.lines = [line(0), line(1, at="2099-01-01T00:00:00Z")]
    follower = following(url=server.url + "/log?tenant=a+b", by="since")
    await follower.poll(now=START + 2.0)
    api.lines.append(line(5))
    assert "call-5" in await follower.ids()


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0], ids=["behind", "ahead"])
async def test_a_clock_an_hour_off_hides_nothing(
    following: Following, server: Server, wrong_s: float
) -> None:
    api = server.answers["/log"] = Api()
    api.lines = [line(n) for n in range(3500, 3550)]
    follower = following(url=server.url + "/log?tenant=a+b", by="since")
    got = set(ids_of(await follower.poll(NOW + wrong_s)))
    api.lines += [line(n) for n in range(3550, 3600)]
    got |= set(ids_of(await follower.poll(NOW + wrong_s + 50)))
    assert got == set(ids(3500, 100))
