"""The demo agent's metrics page, scraped as the console does, says what its log says."""

from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from console.feeds import Batch, make_feed
from console.net import Http
from tests.demo.running import START, advance, running

MINUTES = 65


async def test_a_scraped_page_counts_what_the_log_holds(directory: Path) -> None:
    with running(directory, mode="full", share=100) as (agent, _):
        spec = FeedSpec(
            id="page", kind="exposition", url=f"{agent.url}/metrics", preset="warroom-metrics"
        )
        async with Http() as http:
            feed = make_feed(spec, http, "salt", directory)
            batch = await feed.poll({}, START)
            told: list[Batch] = []
            logged = []
            for minute in range(1, MINUTES + 1):
                logged.append(advance(directory, START + 60 * minute))
                batch = await feed.poll(batch.cursor, START + 60 * minute)
                told.append(batch)
    assert [batch.bad for batch in told] == [0] * MINUTES
    live = [[call for call in calls if not call["synthetic"]] for calls in logged]
    for number, (batch, calls) in enumerate(zip(told, live, strict=True)):
        assert batch.minutes is not None
        (counts,) = batch.minutes.counts.values()
        assert list(batch.minutes.counts) == [int(START // 60) + number]
        assert counts["calls"] == len(calls)
        assert counts["errors"] == sum(bool(call["error"]) for call in calls)
        assert counts["escalations"] == sum(bool(call["escalation"]) for call in calls)
        assert counts["cost"] == pytest.approx(sum(call["cost"] or 0 for call in calls), abs=1e-4)
    hour = sorted(call["latency_s"] for calls in live[-60:] for call in calls)
    exact = hour[-(-95 * len(hour) // 100) - 1]
    last = told[-1].minutes
    assert last is not None
    (p95,) = last.values["latency-p95"].values()
    assert p95 == pytest.approx(exact, abs=0.5)  # as fine as the page's buckets are there
