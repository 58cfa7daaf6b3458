"""The switch by HTTP, in a file and by programs: what is asked for shows, or it is said not to."""

import json
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.dotted import hops, quoted
from config.switch import Switch
from console.actions.switch import Result, Shown, carry_out, hands_of, look
from console.actions.switch_values import SwitchValues
from console.clock import SystemClock
from console.net import Http
from tests.actions.products import STRATEGY, Products, serving

SECRET = "s3cret-token-of-the-team"


@pytest.fixture
def products() -> Iterator[Products]:
    with serving() as held:
        yield held


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as held:
        yield held


def to(share: int, phase: str = "canary", key: str = "k1") -> SwitchValues:
    return SwitchValues(share, phase, "v2.4.0", "v2.3.1", key)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def plain(products: Products, **changes: Any) -> Switch:
    """A share in a document."""
    return Switch.model_validate(
        {
            "preset": "http",
            "fill": {"url": f"{products.url}/share", "key": "candidate_share"},
            "timeout_s": 3.0,
            **changes,
        }
    )


async def set_to(switch: Switch, values: SwitchValues, http: Http, base: Path) -> Result:
    """Read and write, as the room does."""
    hands = hands_of(switch, http, base)
    before = await look(hands, values, switch.timeout_s)
    shown = before if isinstance(before, Shown) else None
    return await carry_out(hands, values, shown, SystemClock(), switch.timeout_s)


async def test_a_document_is_set_and_read_back(
    products: Products, http: Http, tmp_path: Path
) -> None:
    result = await set_to(plain(products), to(5), http, tmp_path)
    assert result == Result("verified", 5.0, "it reads 5 %")
    assert products.document == {"candidate_share": 5, "mode": "shadow"}
    assert products.keys == ["k1"]


async def test_the_phase_is_part_of_it(products: Products, http: Http, tmp_path: Path) -> None:
    switch = plain(
        products,
        body='{"candidate_share": {share}, "mode": "{phase}"}',
        phase_path="mode",
    )
    hands = hands_of(switch, http, tmp_path)
    shown = await look(hands, to(1), 3.0)
    assert isinstance(shown, Shown)
    assert not shown.is_at(to(1)), "1 % stands, but in another phase"
    result = await set_to(switch, to(1), http, tmp_path)
    assert result == Result("verified", 1.0, "it reads 1 % in canary")


async def test_unleash_changes_the_rollout_and_nothing_else(
    products: Products, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNLEASH_TOKEN", SECRET)
    switch = Switch.model_validate(
        {
            "preset": "unleash",
            "fill": {
                "url": products.url,
                "project": "default",
                "feature": "agent v2",
                "environment": "production",
                "strategy": "7f",
            },
            "headers": {"Authorization": {"env": "UNLEASH_TOKEN"}},
        }
    )
    assert (switch.url or "").endswith(STRATEGY)
    result = await set_to(switch, to(20), http, tmp_path)
    assert result.outcome == "verified"
    assert products.strategy["parameters"] == {
        "rollout": "20",
        "stickiness": "default",
        "groupId": "agent v2",
    }
    assert products.strategy["constraints"]
    assert {one.get("authorization") for one in products.seen} == {SECRET}


async def test_n8n_finds_its_variable_among_others(
    products: Products, http: Http, tmp_path: Path
) -> None:
    fill = {"url": products.url, "id": "b", "variable": "candidate_share"}
    switch = Switch.model_validate({"preset": "n8n", "fill": fill})
    assert (await set_to(switch, to(50), http, tmp_path)).outcome == "verified"
    assert [one["value"] for one in products.variables] == ["7", "50"]
    products.variables.append({"id": "c", "key": "candidate_share", "value": "1"})
    told = await look(hands_of(switch, http, tmp_path), to(50), 3.0)
    assert isinstance(told, str)
    assert "2 entries have key = candidate_share, not one" in told


async def test_an_answer_of_200_that_changed_nothing_is_a_failure(
    products: Products, http: Http, tmp_path: Path
) -> None:
    products.deeds = ["lie"]
    result = await set_to(plain(products, timeout_s=0.5), to(5), http, tmp_path)
    assert result.outcome == "failed"
    assert result.seen == 1.0
    assert result.detail == f"200 from {products.url}; it reads 1 %"


async def test_a_refusal_is_a_failure_at_once(
    products: Products, http: Http, tmp_path: Path
) -> None:
    products.deeds = ["forbid"]
    result = await set_to(plain(products), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("failed", 1.0)
    assert "403" in result.detail
    assert products.effects == 0


async def test_a_redirect_is_not_followed(products: Products, http: Http, tmp_path: Path) -> None:
    products.deeds = ["moved"]
    result = await set_to(plain(products), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("failed", 1.0)


@pytest.mark.parametrize("deed", ["drop-after", "hang-after"])
async def test_a_lost_answer_of_a_write_that_took_effect(
    products: Products, http: Http, tmp_path: Path, deed: Any
) -> None:
    products.deeds = [deed]
    result = await set_to(plain(products, timeout_s=2.0), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("verified", 5.0)
    assert products.effects == 1


async def test_a_lost_answer_is_unknown_and_never_failed(
    products: Products, http: Http, tmp_path: Path
) -> None:
    products.deeds = ["hang"]
    result = await set_to(plain(products, timeout_s=0.6), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("unknown", 1.0)
    assert "it may still take effect" in result.detail


async def test_a_fault_is_tried_again_with_the_same_key(
    products: Products, http: Http, tmp_path: Path
) -> None:
    products.deeds = ["fault", "busy", "do"]
    result = await set_to(plain(products), to(5), http, tmp_path)
    assert result.outcome == "verified"
    assert products.keys == ["k1"]
    again = await set_to(plain(products), to(5), http, tmp_path)
    assert again.outcome == "verified"
    assert products.effects == 1, "the same key has no second effect"


async def test_what_cannot_be_read_back_is_unknown(
    products: Products, http: Http, tmp_path: Path
) -> None:
    products.unreadable = True
    result = await set_to(plain(products, timeout_s=0.5), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("unknown", None)
    assert "it cannot be read: 404" in result.detail


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "what is read holds no candidate_share"),
        ({"candidate_share": None}, "candidate_share is no number"),
        ({"candidate_share": True}, "candidate_share is no number"),
        ({"candidate_share": "nan"}, "candidate_share is no number"),
        ({"candidate_share": "many"}, "candidate_share is no number"),
        ({"candidate_share": 101}, "it reads 101 %, which is no share"),
    ],
)
async def test_what_is_no_share(
    products: Products, http: Http, tmp_path: Path, document: Any, why: str
) -> None:
    products.document = document
    told = await look(hands_of(plain(products), http, tmp_path), to(5), 3.0)
    assert isinstance(told, str)
    assert why in told


async def test_a_secret_that_is_missing_is_named_and_nothing_is_sent(
    products: Products, http: Http, tmp_path: Path
) -> None:
    switch = plain(products, headers={"Authorization": {"env": "NO_SUCH_TOKEN"}})
    result = await set_to(switch, to(5), http, tmp_path)
    assert result.outcome == "failed"
    assert "NO_SUCH_TOKEN is not set" in result.detail
    assert products.seen == []


async def test_a_secret_is_in_no_sentence(
    products: Products, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    products.deeds = ["forbid"]
    switch = plain(products, headers={"Authorization": {"env": "TOKEN"}})
    result = await set_to(switch, to(5), http, tmp_path)
    assert SECRET not in result.detail
    assert SECRET not in repr(switch)


async def test_without_an_etag_nothing_is_overwritten_where_one_is_wanted(
    products: Products, http: Http, tmp_path: Path
) -> None:
    result = await set_to(plain(products, etag=True), to(5), http, tmp_path)
    assert result.outcome == "failed"
    assert "no ETag" in result.detail
    assert products.effects == 0


FLAGS = {
    "$schema": "https://flagd.dev/schema/v0/flags.json",
    "flags": {
        "agent.version": {
            "state": "ENABLED",
            "variants": {"candidate": "v2.4.0", "stable": "v2.3.1"},
            "defaultVariant": "stable",
            "targeting": {"fractional": [["candidate", 1], ["stable", 99]]},
        },
        "other": {"state": "DISABLED"},
    },
}


def flagd(**changes: Any) -> Switch:
    fill = {"file": "flags.json", "flag": "agent.version"}
    return Switch.model_validate({"preset": "flagd", "fill": fill, "timeout_s": 2.0, **changes})


async def test_flagds_file_is_replaced_and_nothing_else_in_it(http: Http, tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text(json.dumps(FLAGS))
    real.chmod(0o644)
    (tmp_path / "flags.json").symlink_to(real)
    result = await set_to(flagd(), to(20), http, tmp_path)
    assert result == Result("verified", 20.0, "it reads 20 %")
    held = json.loads(real.read_text())
    assert held["flags"]["agent.version"]["targeting"]["fractional"] == [
        ["candidate", 20],
        ["stable", 80],
    ]
    held["flags"]["agent.version"]["targeting"] = FLAGS["flags"]["agent.version"]["targeting"]  # type: ignore[index]  # a literal
    assert held == FLAGS
    assert stat.S_IMODE(real.stat().st_mode) == 0o644
    assert names(tmp_path) == ["flags.json", "real.json"]


async def test_a_file_that_changed_since_it_was_read_is_left(http: Http, tmp_path: Path) -> None:
    file = tmp_path / "flags.json"
    file.write_text(json.dumps(FLAGS))
    hands = hands_of(flagd(), http, tmp_path)
    before = await look(hands, to(5), 2.0)
    assert isinstance(before, Shown)
    file.write_text(json.dumps({**FLAGS, "more": 1}))
    result = await carry_out(hands, to(5), before, SystemClock(), 2.0)
    assert result.outcome == "failed"
    assert "has changed since it was read" in result.detail
    assert json.loads(file.read_text())["more"] == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is not JSON"),
        ('{"flags": {}}', "holds no agent.version"),
    ],
)
async def test_a_file_that_shows_nothing(
    http: Http, tmp_path: Path, text: str | None, why: str
) -> None:
    if text is not None:
        (tmp_path / "flags.json").write_text(text)
    told = await look(hands_of(flagd(), http, tmp_path), to(5), 2.0)
    assert isinstance(told, str)
    assert why in told
    result = await carry_out(hands_of(flagd(), http, tmp_path), to(5), None, SystemClock(), 1.0)
    assert result.outcome == "failed", "nothing left, so nothing was done"


def programs(place: Path, writer: str, **changes: Any) -> Switch:
    """Two scripts around a file that holds the share."""
    (place / "share").write_text("1\n")
    for name, text in (("get", f"cat {place}/share"), ("put", writer.format(place=place))):
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o700)
    fill = {"reader": str(place / "get"), "writer": str(place / "put")}
    return Switch.model_validate({"preset": "command", "fill": fill, "timeout_s": 2.0, **changes})


async def test_programs_read_and_set(http: Http, tmp_path: Path) -> None:
    switch = programs(tmp_path, 'echo "$1 %" > {place}/share; echo "$WARROOM_KEY" > {place}/key')
    result = await set_to(switch, to(5), http, tmp_path)
    assert result == Result("verified", 5.0, "it reads 5 %")
    assert (tmp_path / "key").read_text() == "k1\n"


async def test_a_program_that_says_done_and_does_nothing(http: Http, tmp_path: Path) -> None:
    result = await set_to(programs(tmp_path, "true", timeout_s=0.6), to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("failed", 1.0)


async def test_a_program_that_does_not_end_is_run_once(http: Http, tmp_path: Path) -> None:
    switch = programs(tmp_path, "echo again >> {place}/runs; exec cat /dev/zero", timeout_s=1.0)
    result = await set_to(switch, to(5), http, tmp_path)
    assert (result.outcome, result.seen) == ("unknown", 1.0)
    assert (tmp_path / "runs").read_text() == "again\n"


async def test_a_program_that_prints_json(http: Http, tmp_path: Path) -> None:
    switch = programs(
        tmp_path, 'echo "{{\\"weights\\": [$1, 300]}}" > {place}/share', path="weights[0]"
    )
    (tmp_path / "share").write_text('{"weights": [1, 99]}')
    assert isinstance(await look(hands_of(switch, http, tmp_path), to(5), 2.0), Shown)
    (tmp_path / "share").write_text("five")
    told = await look(hands_of(switch, http, tmp_path), to(5), 2.0)
    assert isinstance(told, str)
    assert "something else than JSON" in told


WORDS = st.text(max_size=20)


@given(phase=WORDS, version=WORDS, stable=WORDS, key=WORDS)
def test_a_value_cannot_leave_its_place(phase: str, version: str, stable: str, key: str) -> None:
    values = SwitchValues(5, phase, version, stable, key)
    body = '{"a": "{version}", "b": {"c": "{phase}{stable_version}"}, "s": {share}, "r": {rest}}'
    assert json.loads(values.fill_body(body)) == {
        "a": version,
        "b": {"c": phase + stable},
        "s": 5,
        "r": 95,
    }
    url = values.fill_url("http://host/a/{version}/b?c={key}&d={fraction}")
    assert url.count("/") == 5
    assert url.count("?") == url.count("&") == 1
    assert url.endswith("&d=0.05")


@given(st.text(st.characters(exclude_characters='"'), min_size=1))
def test_any_name_can_be_a_step_of_a_path(name: str) -> None:
    assert hops(f"flags.{quoted(name)}.share[0]") == ("flags", name, "share", 0)
