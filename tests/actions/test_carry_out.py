"""A step over HTTP, against a server that does it, does not, or leaves us in the dark."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from config.rollback import Step
from console.actions import steps
from console.actions.steps import Outcome, Values, act, carry_out, read_back
from console.net import Http
from tests.actions.hands import tools
from tests.actions.switch import HANG_S, Deed, Look, Switch

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"


async def carried(
    step: Step, http: Http, *, resumed: bool = False, base: Path = Path("/")
) -> Outcome:
    return await carry_out(step, VALUES, KEY, tools(http, base), resumed=resumed)


async def test_a_step_that_shows_is_verified(switch: Switch, http: Http) -> None:
    outcome = await carried(switch.step(), http)
    assert outcome == Outcome("verified", f"{switch.url} shows candidate = 0")
    assert switch.keys == [KEY]
    assert switch.bodies == ['{"candidate": 0}']
    assert switch.headers[0]["Content-Type"] == "application/json"


async def test_an_answer_of_200_proves_nothing(switch: Switch, http: Http) -> None:
    switch.deeds = ["nothing"]
    outcome = await carried(switch.step(timeout_s=2.0), http)
    assert outcome.state == "failed"
    assert outcome.detail == f"200 from {switch.url}; {switch.url} shows candidate = 1, not 0"
    assert len(switch.keys) == 1
    assert switch.looked >= 2


async def test_an_effect_that_comes_late_is_awaited(switch: Switch, http: Http) -> None:
    switch.looks = ["late", "late", "late", "show"]
    assert (await carried(switch.step(), http)).state == "verified"
    assert switch.looked == 4


async def test_a_lost_answer_is_looked_for_and_not_sent_again(switch: Switch, http: Http) -> None:
    switch.deeds = ["drop-after"]
    assert (await carried(switch.step(), http)).state == "verified"
    assert switch.effects == switch.keys == [KEY]


@pytest.mark.parametrize(
    "deed", ["drop-before", "fault-before", "too-many", "hang-before"], ids=str
)
async def test_a_request_without_effect_is_sent_again_with_its_key(
    switch: Switch, http: Http, deed: Deed
) -> None:
    switch.deeds = [deed, deed, "do"]
    outcome = await carried(switch.step(timeout_s=8.0), http)
    assert outcome.state == "verified"
    assert switch.keys == [KEY, KEY, KEY]
    assert switch.effects == [KEY]


async def test_a_lost_answer_whose_repetition_is_refused_shows_by_looking(
    switch: Switch, http: Http
) -> None:
    switch.deeds = ["hang-after", "forbid"]
    switch.looks = ["late", "late", "show"]
    assert (await carried(switch.step(timeout_s=8.0), http)).state == "verified"


@pytest.mark.parametrize("deed", ["hang-before", "fault-before", "drop-before"], ids=str)
async def test_what_stays_lost_is_unknown_and_ends_in_time(
    switch: Switch, http: Http, deed: Deed
) -> None:
    switch.deeds = [deed]
    began = time.monotonic()
    outcome = await carried(switch.step(timeout_s=2.0), http)
    assert outcome.state == "unknown"
    assert outcome.detail.endswith("shows candidate = 1, not 0; it may still take effect")
    assert 1.2 < time.monotonic() - began < HANG_S
    assert set(switch.keys) == {KEY}


async def test_what_is_refused_fails_at_once(switch: Switch, http: Http) -> None:
    switch.deeds = ["forbid"]
    began = time.monotonic()
    outcome = await carried(switch.step(timeout_s=20.0), http)
    assert outcome.state == "failed"
    assert "403" in outcome.detail
    assert "shows candidate = 1, not 0" in outcome.detail
    assert len(switch.keys) == 1
    assert time.monotonic() - began < HANG_S


async def test_what_is_refused_but_shows_is_verified(switch: Switch, http: Http) -> None:
    switch.deeds = ["forbid"]
    switch.share = 0
    assert (await carried(switch.step(), http)).state == "verified"


async def test_a_redirect_is_refused_and_not_followed(switch: Switch, http: Http) -> None:
    switch.deeds = ["redirect"]
    outcome = await carried(switch.step(), http)
    assert outcome.state == "failed"
    assert "redirects to http://elsewhere.example" in outcome.detail


@pytest.mark.parametrize("look", ["fault", "drop", "html", "hang"], ids=str)
@pytest.mark.parametrize("deed", ["do", "forbid"], ids=str)
async def test_what_cannot_be_seen_is_unknown(
    switch: Switch, http: Http, look: Look, deed: Deed
) -> None:
    switch.deeds = [deed]
    switch.looks = [look]
    began = time.monotonic()
    outcome = await carried(switch.step(timeout_s=0.6), http)
    assert outcome.state == "unknown"
    assert "read" in outcome.detail
    assert time.monotonic() - began < HANG_S


async def test_a_look_that_hangs_leaves_time_for_another(
    switch: Switch, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LOOK_S", 0.2)
    switch.looks = ["hang", "show"]
    assert (await carried(switch.step(timeout_s=8.0), http)).state == "verified"
    assert switch.looked == 2


async def test_a_server_that_is_not_there_is_unknown(switch: Switch, http: Http) -> None:
    gone = "http://127.0.0.1:9"
    read_back = {"url": gone, "path": "candidate", "equals": 0}
    step = switch.step(url=gone, timeout_s=0.5, read_back=read_back)
    outcome = await carried(step, http)
    assert outcome.state == "unknown"
    assert f"{gone} does not listen" in outcome.detail


async def test_resumed_it_looks_before_it_acts(switch: Switch, http: Http) -> None:
    switch.share = 0
    assert (await carried(switch.step(), http, resumed=True)).state == "verified"
    assert switch.keys == []


async def test_resumed_it_acts_if_the_effect_does_not_show(switch: Switch, http: Http) -> None:
    assert (await carried(switch.step(), http, resumed=True)).state == "verified"
    assert switch.effects == [KEY]


async def test_resumed_it_acts_soon_if_it_cannot_look(switch: Switch, http: Http) -> None:
    switch.looks = ["hang", "show"]
    assert (await carried(switch.step(timeout_s=8.0), http, resumed=True)).state == "verified"
    assert switch.effects == [KEY]


async def test_a_status_outside_the_expected_is_no_success(switch: Switch, http: Http) -> None:
    switch.deeds = ["nothing"]
    sent = await act(switch.step(expect_status=[204]), VALUES, KEY, http, Path("/"))
    assert sent.answer == "refused"


async def test_the_patience_that_a_server_asks_for_is_told(switch: Switch, http: Http) -> None:
    switch.deeds = ["too-many"]
    sent = await act(switch.step(), VALUES, KEY, http, Path("/"))
    assert (sent.answer, sent.retry_after_s) == ("lost", 60.0)


class TestSecrets:
    async def test_they_travel_and_never_show(
        self, switch: Switch, http: Http, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SWITCH_TOKEN", "Bearer s3cret-token")
        headers = {"Authorization": {"env": "SWITCH_TOKEN"}}
        switch.share = "echo of s3cret-token"
        switch.deeds = ["nothing"]
        outcome = await carried(switch.step(headers=headers, timeout_s=2.0), http)
        assert switch.headers[0]["Authorization"] == "Bearer s3cret-token"
        assert outcome.state == "failed"
        assert "s3cret" not in outcome.detail
        assert '"echo of •••"' in outcome.detail

    async def test_a_missing_one_fails_the_step_by_its_name(
        self, switch: Switch, http: Http, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SWITCH_TOKEN", raising=False)
        switch.looks = ["fault"]
        headers = {"Authorization": {"env": "SWITCH_TOKEN"}}
        outcome = await carried(switch.step(headers=headers), http)
        assert outcome.state == "failed"
        assert "the environment variable SWITCH_TOKEN is not set" in outcome.detail
        assert switch.keys == []

    async def test_a_missing_one_is_unknown_if_somebody_else_may_have_acted(
        self, switch: Switch, http: Http, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SWITCH_TOKEN", raising=False)
        switch.looks = ["fault"]
        headers = {"Authorization": {"env": "SWITCH_TOKEN"}}
        outcome = await carried(switch.step(headers=headers), http, resumed=True)
        assert outcome.state == "unknown"

    async def test_one_missing_for_the_read_back_leaves_it_unseen(
        self, switch: Switch, http: Http, tmp_path: Path
    ) -> None:
        spec = {
            "url": f"{switch.url}/control",
            "path": "candidate",
            "equals": 0,
            "headers": {"Authorization": {"file": "token"}},
        }
        step = switch.step(read_back=spec)
        missing = await read_back(step, VALUES, KEY, http, tmp_path)
        assert missing.state == "unknown"
        assert "token cannot be read" in missing.detail
        (tmp_path / "token").write_text("t0ken\n")
        assert (await read_back(step, VALUES, KEY, http, tmp_path)).state == "failed"


class TestTexts:
    async def test_their_holes_are_filled_and_other_braces_stay(
        self, switch: Switch, http: Http
    ) -> None:
        step = switch.step(
            url=f"{switch.url}/versions/{{stable_version}}?old={{version}}",
            body='{"candidate": "{stable_version}", "why": {"key": "{key}"}, "x": "{other}"}',
            read_back={
                "url": f"{switch.url}/control",
                "path": "candidate",
                "equals": "{stable_version}",
            },
        )
        assert (await carried(step, http)).state == "verified"
        assert switch.paths == ["/versions/v2.3.1?old=v2.4.0"]
        assert json.loads(switch.bodies[0]) == {
            "candidate": "v2.3.1",
            "why": {"key": KEY},
            "x": "{other}",
        }

    def test_a_value_cannot_leave_its_place(self) -> None:
        odd = Values(stable_version='v1", "x": "{key}/../', version="v2")
        body = odd.fill_body('{"to": "{stable_version}"}', KEY)
        assert json.loads(body) == {"to": 'v1", "x": "{key}/../'}
        assert odd.fill_url("http://h/{stable_version}/on", KEY) == (
            "http://h/v1%22%2C%20%22x%22%3A%20%22%7Bkey%7D%2F..%2F/on"
        )
        assert odd.fill_body("to {version}", KEY) == "to v2"

    async def test_headers_of_its_own_are_kept_but_the_key_is_ours(
        self, switch: Switch, http: Http
    ) -> None:
        headers = {"content-type": "application/merge-patch+json", "idempotency-key": "mine"}
        await carried(switch.step(headers=headers), http)
        sent = {name.lower(): value for name, value in switch.headers[0].items()}
        assert sent["content-type"] == "application/merge-patch+json"
        assert switch.keys == [KEY]


class TestReadBack:
    @pytest.mark.parametrize(
        ("shown", "equals", "state"),
        [
            (0, 0, "verified"),
            (0.0, 0, "verified"),
            (False, 0, "failed"),
            (True, 1, "failed"),
            (0, False, "failed"),
            (False, False, "verified"),
            ("0", 0, "failed"),
            (None, "", "failed"),
            ("v2.3.1", "{stable_version}", "verified"),
            ("v2.3.10", "{stable_version}", "failed"),
            ({"a": 0}, 0, "unknown"),
            ([0], 0, "unknown"),
        ],
    )
    async def test_values_are_compared_as_json(
        self, switch: Switch, http: Http, shown: object, equals: object, state: str
    ) -> None:
        switch.share = shown
        step = switch.step(
            read_back={"url": f"{switch.url}/control", "path": "candidate", "equals": equals}
        )
        assert (await read_back(step, VALUES, KEY, http, Path("/"))).state == state

    @pytest.mark.parametrize(
        ("path", "state"),
        [
            ("candidate.routes[1].v2", "verified"),
            ("candidate.by.{key}[0][1]", "verified"),
            ("candidate.routes[0].v2", "failed"),
            ("candidate.routes[2].v2", "unknown"),
            ("candidate.routes.v2", "unknown"),
            ("candidate[0]", "unknown"),
            ("candidate.routes[1].v2.deeper", "unknown"),
            ("candidate..routes", "unknown"),
            ("candidate.routes[x]", "unknown"),
        ],
    )
    async def test_a_path_leads_through_maps_and_lists(
        self, switch: Switch, http: Http, path: str, state: str
    ) -> None:
        switch.share = {"routes": [{"v2": 100}, {"v2": 0}], "by": {KEY: [[1, 0]]}}
        step = switch.step(read_back={"url": f"{switch.url}/control", "path": path, "equals": 0})
        assert (await read_back(step, VALUES, KEY, http, Path("/"))).state == state

    async def test_control_characters_of_the_answer_do_not_reach_the_terminal(
        self, switch: Switch, http: Http
    ) -> None:
        switch.share = "\x1b[2J\u202ev"
        seen = await read_back(switch.step(), VALUES, KEY, http, Path("/"))
        assert seen.state == "failed"
        assert seen.detail.isprintable()


async def test_no_fault_of_ours_leaves_it(
    switch: Switch, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise KeyError("s3cret")

    monkeypatch.setattr(steps, "act", broken)
    outcome = await carried(switch.step(), http)
    assert outcome == Outcome("unknown", "the console itself failed at this step (KeyError)")


async def test_cancelling_it_is_not_swallowed(switch: Switch, http: Http) -> None:
    switch.deeds = ["hang-before"]
    task = asyncio.create_task(carried(switch.step(timeout_s=20), http))
    async with asyncio.timeout(5):
        while not switch.keys:
            await asyncio.wait({task}, timeout=0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
