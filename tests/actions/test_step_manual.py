"""Steps by hand, and commands that may have run before: a person's word, and what shows."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from config.rollback import Step
from console.actions import step_manual
from console.actions.steps import Outcome, Values, carry_out
from console.actions.tools import Word
from console.clock import SystemClock
from console.domain.events_rollback import Answer
from console.net import Http
from tests.actions.hands import Asked, tools
from tests.actions.switch import Switch

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_manual, "SHOWS_S", 0.5)
    monkeypatch.setattr(step_manual, "LOOK_S", 0.5)


def by_hand(**changes: object) -> Step:
    return Step.model_validate(
        {
            "id": "desk",
            "title": "Hand over to the desk",
            "kind": "manual",
            "manual": "call the desk about {version}",
            **changes,
        }
    )


def shown_by(switch: Switch) -> dict[str, object]:
    return {"url": f"{switch.url}/control", "path": "candidate", "equals": 0}


class TestByHand:
    async def test_a_persons_word_is_enough_where_nothing_shows(self, http: Http) -> None:
        lead = Asked("done")
        held = tools(http, ask=lead)
        outcome = await carry_out(by_hand(), VALUES, KEY, held, resumed=False)
        assert outcome == Outcome("verified", "confirmed by first lead")
        assert lead.questions == ["call the desk about v2.4.0"]

    async def test_it_must_show_where_it_can(self, http: Http, switch: Switch) -> None:
        step = by_hand(read_back=shown_by(switch))
        held = tools(http, ask=Asked("done"))
        outcome = await carry_out(step, VALUES, KEY, held, resumed=False)
        assert outcome == Outcome(
            "unknown",
            f"first lead says that it is done, but {switch.url} shows candidate = 1, not 0",
        )
        switch.share = 0
        held = tools(http, ask=Asked("done"))
        outcome = await carry_out(step, VALUES, KEY, held, resumed=False)
        assert outcome == Outcome("verified", f"{switch.url} shows candidate = 0")

    async def test_not_done_is_failed_with_what_was_remarked(self, http: Http) -> None:
        async def ask(_: Step, __: str) -> Word:
            return Word("not-done", "second lead", "nobody\x1b answers")

        held = tools(http, ask=ask)
        outcome = await carry_out(by_hand(), VALUES, KEY, held, resumed=False)
        assert outcome == Outcome(
            "failed", 'second lead ("nobody␛ answers") says that it is not done'
        )

    async def test_again_asks_again(self, http: Http) -> None:
        lead = Asked("again", "done")
        held = tools(http, ask=lead)
        assert (await carry_out(by_hand(), VALUES, KEY, held, resumed=False)).state == "verified"
        assert len(lead.questions) == 2

    async def test_nobodys_word_is_unknown_when_the_time_is_over(self, http: Http) -> None:
        held = tools(http, ask=_never)
        outcome = await carry_out(by_hand(timeout_s=0.1), VALUES, KEY, held, resumed=False)
        assert outcome == Outcome("unknown", "nobody said within 0.1 s whether it is done")

    async def test_resumed_nobody_is_asked_for_what_shows(self, http: Http, switch: Switch) -> None:
        switch.share = 0
        step = by_hand(read_back=shown_by(switch))
        assert (await carry_out(step, VALUES, KEY, tools(http), resumed=True)).state == "verified"

    @pytest.mark.parametrize("shows", [True, False])
    async def test_rehearsed_nobody_is_asked(self, http: Http, switch: Switch, shows: bool) -> None:
        step = by_hand(read_back=shown_by(switch)) if shows else by_hand()
        held = tools(http, read_only=True)
        outcome = await carry_out(step, VALUES, KEY, held, resumed=False)
        assert outcome.state == "verified"
        assert outcome.detail.startswith("a person would be asked")


async def _never(_: Step, __: str) -> Word:
    never: asyncio.Future[Word] = asyncio.get_running_loop().create_future()
    return await never


class _Ahead(SystemClock):
    """The system's clock, put forward by `by_s` seconds."""

    by_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.by_s


def command(place: Path, **changes: object) -> Step:
    """A command that leaves a line each time it runs, and is proved by it."""
    return Step.model_validate(
        {
            "id": "image",
            "title": "Restore the image",
            "kind": "command",
            "argv": ["/bin/sh", "-c", "echo ran >> runs"],
            "cwd": str(place),
            "timeout_s": 5.0,
            "manual": "by hand",
            "prove": {"argv": ["/bin/cat", "runs"], "contains": "ran"},
            **changes,
        }
    )


def runs(place: Path) -> int:
    return (place / "runs").read_text().count("ran") if (place / "runs").exists() else 0


NEVER_SEEN = {"prove": {"argv": ["/bin/echo", "old"], "contains": "new"}, "timeout_s": 2.0}
NOT_TO_BE_SEEN = {"prove": {"argv": ["/bin/false"], "contains": "new"}, "timeout_s": 2.0}


class TestACommandThatMayHaveRun:
    async def test_it_is_looked_for_and_not_run_again(self, http: Http, tmp_path: Path) -> None:
        (tmp_path / "runs").write_text("ran\n")
        outcome = await carry_out(command(tmp_path), VALUES, KEY, tools(http), resumed=True)
        assert outcome.state == "verified"
        assert runs(tmp_path) == 1

    async def test_an_idempotent_one_is_run_and_nobody_asked(
        self, http: Http, tmp_path: Path
    ) -> None:
        step = command(tmp_path, idempotent=True)
        outcome = await carry_out(step, VALUES, KEY, tools(http), resumed=True)
        assert outcome.state == "verified"
        assert runs(tmp_path) == 1

    @pytest.mark.parametrize(
        ("proof", "answer", "state", "said"),
        [
            (
                NEVER_SEEN,
                "done",
                "failed",
                'first lead says that it is done, but /bin/echo does not show "new" but "old"',
            ),
            (
                NOT_TO_BE_SEEN,
                "done",
                "unknown",
                "first lead says that it is done, but /bin/false gave no proof: exit code 1",
            ),
            (
                NEVER_SEEN,
                "not-done",
                "failed",
                'first lead says that it is not done; /bin/echo does not show "new" but "old"',
            ),
        ],
    )
    async def test_a_persons_word_does_not_make_it_so(
        self,
        http: Http,
        tmp_path: Path,
        proof: dict[str, object],
        answer: Answer,
        state: str,
        said: str,
    ) -> None:
        lead = Asked(answer)
        step = command(tmp_path, **proof)
        outcome = await carry_out(step, VALUES, KEY, tools(http, ask=lead), resumed=True)
        assert (outcome.state, outcome.detail) == (state, said)
        (question,) = lead.questions
        assert question.startswith("Restore the image: it may have run before, and /bin/")
        assert runs(tmp_path) == 0

    async def test_what_a_person_says_is_done_is_looked_for(
        self, http: Http, tmp_path: Path
    ) -> None:
        async def ask(_: Step, __: str) -> Word:
            (tmp_path / "runs").write_text("ran by hand\n")
            return Word("done", "first lead")

        held = tools(http, ask=ask)
        outcome = await carry_out(command(tmp_path), VALUES, KEY, held, resumed=True)
        assert outcome == Outcome("verified", '/bin/cat shows "ran"')

    async def test_it_runs_again_on_a_persons_word(self, http: Http, tmp_path: Path) -> None:
        held = tools(http, ask=Asked("again"))
        outcome = await carry_out(command(tmp_path), VALUES, KEY, held, resumed=True)
        assert outcome.state == "verified"
        assert runs(tmp_path) == 1

    async def test_it_does_not_run_again_if_it_shows_by_then(
        self, http: Http, tmp_path: Path
    ) -> None:
        async def ask(_: Step, __: str) -> Word:
            (tmp_path / "runs").write_text("ran after all\n")
            return Word("again", "first lead")

        held = tools(http, ask=ask)
        outcome = await carry_out(command(tmp_path), VALUES, KEY, held, resumed=True)
        assert outcome.state == "verified"
        assert runs(tmp_path) == 1

    async def test_waiting_for_an_answer_is_not_counted(self, http: Http, tmp_path: Path) -> None:
        clock = _Ahead()

        async def ask(_: Step, __: str) -> Word:
            clock.by_s += 100.0
            return Word("again", "first lead")

        held = msgspec.structs.replace(tools(http, ask=ask), clock=clock)
        outcome = await carry_out(command(tmp_path), VALUES, KEY, held, resumed=True)
        assert outcome.state == "verified"

    async def test_rehearsed_it_is_read_back_and_not_run(self, http: Http, tmp_path: Path) -> None:
        held = tools(http, read_only=True)
        step = command(tmp_path, **NEVER_SEEN)
        outcome = await carry_out(step, VALUES, KEY, held, resumed=True)
        assert outcome == Outcome(
            "verified", 'it can be read back: /bin/echo does not show "new" but "old"'
        )
        outcome = await carry_out(
            command(tmp_path, **NOT_TO_BE_SEEN), VALUES, KEY, held, resumed=False
        )
        assert outcome.state == "unknown"
        assert runs(tmp_path) == 0


async def test_rehearsed_a_request_is_read_back_and_not_sent(http: Http, switch: Switch) -> None:
    held = tools(http, read_only=True)
    outcome = await carry_out(switch.step(), VALUES, KEY, held, resumed=False)
    assert outcome == Outcome(
        "verified", f"it can be read back: {switch.url} shows candidate = 1, not 0"
    )
    switch.looks = ["fault", "show"]
    assert (await carry_out(switch.step(), VALUES, KEY, held, resumed=False)).state == "verified"
    switch.looks = ["fault"]
    step = switch.step(timeout_s=0.5)
    assert (await carry_out(step, VALUES, KEY, held, resumed=False)).state == "unknown"
    assert switch.keys == []
