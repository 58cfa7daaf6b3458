"""The walk to GO with what lies on the disk: evidence, sealed answers, an edited config."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from config.guide import checklist_items
from console.domain import commands as c
from console.domain.events import Evidence
from console.domain.poll import poll_text, verdict
from console.domain.refused import Refused
from console.evidence import evidence_from
from console.journal.home import default_home
from console.room import WarRoom
from tests.room.stand import Stand, stand

SEEN = Evidence("text", "seen in the drill of Monday, 14:02")
COUNTED = Evidence("text", "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118")
REASON = "zanzibar-is-quiet-today"


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    """A deployment that nobody has touched."""
    return stand(tmp_path / "claims")


async def confirm_all(room: WarRoom, *but: str) -> None:
    """Every item, by whoever holds its roles."""
    for item in checklist_items():
        for role in item.roles if item.id not in but else ():
            room.become(room.deployment.holders(role)[0].name)
            await room.do(c.ConfirmItem(item.id, COUNTED if item.id == "test-set" else SEEN, role))
    room.become("agent lead")


async def answer_all(room: WarRoom, *but: str, go: bool = True) -> None:
    """Every role that is asked answers from this room."""
    poll = room.state.poll
    assert poll is not None
    for role in poll.roles:
        if role not in but:
            room.become(room.deployment.holders(role)[0].name)  # type: ignore[arg-type]  # a role as text
            await room.do(c.AnswerPoll(go, f"{REASON} {role}", role))


async def open_hard(room: WarRoom) -> tuple[str, ...]:
    """The hard items that are open at this very moment."""
    return (await asyncio.to_thread(room.take_picture)).progress.open_hard


def flip(path: Path, *, restore: bool) -> None:
    """Change one byte; `restore` sets the file's modification time back."""
    was = path.stat()
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(raw)
    if restore:
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert path.stat().st_mtime_ns == was.st_mtime_ns


def mutations(kept: Path, way: str) -> None:
    """What may happen to a kept file."""
    if way == "deleted":
        kept.unlink()
    elif way == "a folder":
        kept.unlink()
        kept.mkdir()
    else:
        flip(kept, restore=way == "flipped, its time set back")


WAYS = ("flipped", "flipped, its time set back", "deleted", "a folder")


@pytest.mark.parametrize("way", WAYS)
async def test_a_byte_of_evidence_that_changes_shuts_the_gate(
    way: str, claims: Stand, tmp_path: Path
) -> None:
    proof = tmp_path / "load.json"
    proof.write_text('{"p95": 2.6, "rate": 90}')
    async with claims.room() as room:
        await confirm_all(room, "load-test", "governance-review")
        given = evidence_from(str(proof), claims.directory)
        room.become("tech lead")
        await room.do(c.ConfirmItem("load-test", given))
        room.become("legal")
        await room.do(c.ConfirmItem("governance-review", SEEN))
        assert await open_hard(room) == ()
        mutations(claims.directory / "evidence" / given.sha256, way)
        assert await open_hard(room) == ("load-test",)
        gate = (await asyncio.to_thread(room.take_picture)).gate
        assert any("load-test" in why for why in gate.missing)
        room.become("agent lead")
        with pytest.raises(Refused, match="open: load-test"):
            await room.do(c.OpenPoll())
    async with claims.room() as room:
        (status,) = [s for s in room.picture().items if s.item.id == "load-test"]
        assert (status.state, status.lapses[0].why) == (
            "expired",
            "its evidence file is gone or was changed",
        )
        if way == "a folder":
            return
        again = evidence_from(str(proof), claims.directory)
        assert again == given
        assert await open_hard(room) == ()


async def test_the_original_may_go_the_kept_file_counts(claims: Stand, tmp_path: Path) -> None:
    proof = tmp_path / "plan.txt"
    proof.write_text("1, 5, 20, 50, 100")
    async with claims.room() as room:
        await room.do(c.ConfirmItem("rollout-plan", evidence_from(str(proof), claims.directory)))
        proof.write_text("all at once")
        assert "rollout-plan" not in await open_hard(room)


async def test_a_sealed_answer_is_nowhere_to_be_read_until_all_have_answered(
    claims: Stand,
) -> None:
    async with claims.room() as room:
        await confirm_all(room)
        await room.do(c.OpenPoll())
        await answer_all(room, "legal")
        raw = claims.journal.read_bytes()
        assert REASON.encode() not in raw
        assert b'"go"' not in raw
        told = claims.entries("poll.answered")
        assert all(set(one) == {"poll", "role", "seal"} for one in told)
        assert len(told) == 4
        assert room.state.poll is not None
        assert REASON not in poll_text(room.state.poll)
        room.become("legal")
        await room.do(c.AnswerPoll(True, REASON, "legal"))
        assert REASON.encode() in claims.journal.read_bytes()
        assert verdict(room.state.poll) == "go"


async def test_sealed_answers_outlive_the_process_that_sealed_them(claims: Stand) -> None:
    async with claims.room() as room:
        await confirm_all(room)
        await room.do(c.OpenPoll())
        await answer_all(room, "legal", "rollback-owner")
    home = default_home(room.deployment.deployment)
    kept = home / "sealed-answers.jsonl"
    assert kept.stat().st_mode & 0o777 == 0o600
    async with claims.room(who="rollback owner") as room:
        await room.do(c.AnswerPoll(False, "the drill took 20 min"))
    async with claims.room(who="legal") as room:
        await room.do(c.AnswerPoll(True, "signed on Monday"))
        poll = room.state.poll
        assert poll is not None
        assert {role: answer.go for role, answer in poll.answers.items()} == {
            "agent-lead": True,
            "tech-lead": True,
            "bu-operations-lead": True,
            "rollback-owner": False,
            "legal": True,
        }
        assert (verdict(poll), poll.answers["rollback-owner"].reason) == (
            "no-go",
            "the drill took 20 min",
        )
    assert not room.state.conflicts


async def test_another_account_opens_its_own_seals_when_its_console_runs(
    claims: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with claims.room() as room:
        await confirm_all(room)
        await room.do(c.OpenPoll())
        await answer_all(room, "legal")
    own = os.environ["XDG_STATE_HOME"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another account"))
    async with claims.room(who="legal") as room:
        await room.do(c.AnswerPoll(True, "signed on Monday"))
        poll = room.state.poll
        assert poll is not None
        assert [role for role, answer in poll.answers.items() if answer.go] == ["legal"]
        assert verdict(poll) == "open"
    monkeypatch.setenv("XDG_STATE_HOME", own)
    async with claims.room(read_only=True) as room:
        await asyncio.to_thread(room.look)
        assert room.state.poll is not None
        assert verdict(room.state.poll) == "open", "who only looks on writes nothing"
    async with claims.room() as room:
        await asyncio.to_thread(room.look)
        assert room.state.poll is not None
        assert verdict(room.state.poll) == "go"


async def test_a_line_of_the_sealed_file_that_was_cut_harms_no_other(claims: Stand) -> None:
    async with claims.room() as room:
        await confirm_all(room)
        await room.do(c.OpenPoll())
        await answer_all(room, "legal")
        kept = default_home(room.deployment.deployment) / "sealed-answers.jsonl"
        kept.write_bytes(b'{"poll":"po\xff\n' + kept.read_bytes())
        room.become("legal")
        await room.do(c.AnswerPoll(True, "signed", "legal"))
        assert room.state.poll is not None
        assert verdict(room.state.poll) == "go"


def edit(claims: Stand, old: str, new: str) -> None:
    """Edit `warroom.toml` behind everybody's back."""
    path = claims.directory / "warroom.toml"
    text = path.read_text()
    assert text.count(old) == 1, text
    path.write_text(text.replace(old, new))


async def test_a_config_edited_behind_our_back_is_shown_held_and_decided(claims: Stand) -> None:
    edit(claims, 'exposure = "customer-facing"', 'exposure = "internal"')
    async with claims.room() as room:
        await room.do(c.WriteNote("the walk begins"))
        assert room.troubles == ()
    edit(claims, 'exposure = "internal"', 'exposure = "customer-facing"')
    async with claims.room() as room:
        (trouble,) = room.troubles
        assert "context: now customer-facing, no longer internal" in trouble
        assert "hard gates now: autonomy" in trouble
        assert trouble.index("a lead accepts it") < trouble.index("context:"), (
            "a cut end is no loss"
        )
        assert any("warroom.toml is not the one" in why for why in room.picture().gate.missing)
        (confirmed,) = await room.do(c.AcceptConfig("the customers' agent after all"))
        data = json.loads(bytes(confirmed.data))
        assert data["why"] == "the customers' agent after all"
        assert data["changes"][0] == "context: now customer-facing, no longer internal"
        assert "governance-review" in data["changes"][1]
        assert room.troubles == ()
        missing = (await asyncio.to_thread(room.take_picture)).gate.missing
        assert not any("warroom.toml is not the one" in why for why in missing)
    async with claims.room() as room:
        assert room.troubles == ()


async def test_an_edit_under_a_running_room_is_seen_even_with_its_time_set_back(
    claims: Stand,
) -> None:
    path = claims.directory / "warroom.toml"
    async with claims.room() as room:
        assert (await asyncio.to_thread(room.take_picture)).facts.config_trouble == ""
        was = path.stat()
        edit(claims, '"v2.4.0"', '"v2.4.1"')
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert path.stat().st_size == was.st_size
        trouble = (await asyncio.to_thread(room.take_picture)).facts.config_trouble
        assert "warroom.toml was changed" in trouble


async def test_two_who_confirm_at_once_are_both_heard(claims: Stand) -> None:
    async with (
        claims.room() as ours,
        claims.room(who="tech lead") as theirs,
    ):
        await asyncio.gather(
            ours.do(c.ConfirmItem("prompt-lock", Evidence("text", "read by the agent lead"))),
            theirs.do(c.ConfirmItem("prompt-lock", Evidence("text", "read by the tech lead"))),
        )
        await asyncio.to_thread(ours.record.refresh)
        held = ours.state.items["prompt-lock"]
        assert {role: one.by for role, one in held.items()} == {
            "agent-lead": "agent lead",
            "tech-lead": "tech lead",
        }
        assert "prompt-lock" not in await open_hard(ours)
        assert not ours.state.conflicts


async def test_two_who_answer_the_poll_at_once_are_decided_one_after_the_other(
    claims: Stand,
) -> None:
    async with claims.room() as room:
        await confirm_all(room)
    async with claims.room() as ours, claims.room(who="tech lead") as theirs:
        came = await asyncio.gather(
            ours.do(c.OpenPoll()), theirs.do(c.OpenPoll()), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in came) == ["Refused", "list"]
        assert len(claims.entries("poll.opened")) == 1
        ours.become("legal")
        theirs.become("legal")
        came = await asyncio.gather(
            ours.do(c.AnswerPoll(True, "signed")),
            theirs.do(c.AnswerPoll(False, "not signed")),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in came) == ["Refused", "list"]
        assert len(claims.entries("poll.answered")) == 1


async def test_the_walk_goes_on_where_it_paused(claims: Stand) -> None:
    async with claims.room() as room:
        assert room.readiness.walked_to() == ""
        room.readiness.walk_to("logging")
    async with claims.room() as room:
        assert room.readiness.walked_to() == "logging"
        (default_home(room.deployment.deployment) / "walked-to").write_bytes(b"\xff\xfe")
        assert room.readiness.walked_to() == ""
