"""Review: draw calls at random and judge them, one key each (Guide 4, 6.2)."""

from collections import deque
from typing import ClassVar, Literal

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content

from console.clean import clean
from console.domain.commands import JudgeSample
from console.domain.decide_review import may_draw
from console.domain.events import Judgement
from console.domain.refused import Refused
from console.domain.sampling import MOST, Progress, present
from console.domain.state_review import Sample
from console.room import WRITE_ERRORS, NotRead, Picture
from console.screens import review_views as rv
from console.screens.base import RoomScreen
from console.screens.dialogs import Ask
from widgets.review import ReviewBar, TextPane
from widgets.words import Words

BESIDE = 120
NOTE = 500

Verdict = Literal["right", "wrong", "subtle", "skip"]


class ReviewScreen(RoomScreen):
    """The sample, the call to judge with its texts, and what came of it so far."""

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "judge('right')", "Right", id="review.right",
                tooltip="the output is right"),
        Binding("w", "judge('wrong')", "Wrong", id="review.wrong",
                tooltip="the output is wrong"),
        Binding("o", "judge('subtle')", "Subtly off", id="review.subtle",
                tooltip="right on the whole, but not as it should be; asks how"),
        Binding("s", "judge('skip')", "Skip", id="review.skip",
                tooltip="it cannot be judged; asks why, and the next one takes its place"),
        Binding("u,k,left", "go(-1)", "Back", id="review.back", key_display="u",
                tooltip="back to the one before, to change it"),
        Binding("j,right", "go(1)", "Next", id="review.next", key_display="j", show=False,
                tooltip="on to the next one, judged or not"),
        Binding("d", "draw", "Draw", id="review.draw",
                tooltip="draw a sample of calls at random"),
        Binding("t", "find", "Read again", id="review.texts", show=False,
                tooltip="look for the texts in the log again"),
        Binding("escape", "stop", "Stop", id="review.stop", show=False,
                tooltip="stop reading the log; else to the first call that is not decided"),
    ]  # fmt: skip

    bar = getters.query_one(ReviewBar)
    call = getters.query_one("#call", Words)
    criteria = getters.query_one("#criteria", Words)
    empty = getters.query_one("#empty", Words)
    texts = getters.query_one("#texts", Container)
    given = getters.query_one("#input", TextPane)
    answered = getters.query_one("#output", TextPane)
    outcome = getters.query_one("#outcome", Words)

    def __init__(self) -> None:
        """Begin at the first call that is not decided."""
        super().__init__()
        self._at = ""
        self._sought = ""  # the sample whose texts were looked for
        self._trouble = ""  # why they could not be read
        self._waiting: deque[tuple[str, Judgement]] = deque()
        self._kept: dict[str, str] = {}  # what was typed of calls that were not written

    def body(self) -> ComposeResult:
        """How far the sample is, the call, what it is judged by, its texts, what verdicts mean."""
        yield ReviewBar()
        yield Words(id="call")
        yield Words(id="criteria")
        yield Words(id="empty")
        with Container(id="texts"):
            yield TextPane(id="input", classes="panel")
            yield TextPane(id="output", classes="panel")
        yield Words(id="outcome")

    def on_mount(self) -> None:
        """Begin on the output: that is what is judged."""
        super().on_mount()
        self.answered.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Input and output side by side where there is room."""
        self.set_class(event.size.width >= BESIDE, "-beside")

    # What is shown

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        progress = present(picture.state)
        reading = self.room.sampling.reading
        told = rv.reading_words(reading) if reading is not None else self._trouble
        self.empty.display = progress is None
        for widget in (self.call, self.criteria, self.texts, self.outcome):
            widget.display = progress is not None
        if progress is None:
            self.bar.show(None, clean(told, 300))
            self.empty.say(rv.empty_words(picture.state, self._asked(picture)))
            return
        self.bar.show(rv.review_view(progress, len(self._waiting)))
        self._show_call(picture, progress, told)
        criteria = self.room.deployment.agent.success_criteria
        self.criteria.display = bool(criteria and progress.left)
        self.criteria.say(rv.criteria_words(criteria))
        self.outcome.say(rv.outcome_words(progress))
        self._seek(progress.sample)

    def _show_call(self, picture: Picture, progress: Progress, told: str) -> None:
        if self._at not in progress.queue:
            self._at = next(iter(self._open(progress) or progress.queue), "")
        if not self._at:
            return
        here = rv.place_words(picture.state, progress, self._at, picture.now)
        call = self.room.sampling.texts.get(self._at)
        if call is None:
            gone = self._at in self.room.sampling.gone
            why = rv.GONE if gone else told or "Its text is not read yet: t reads the log."
            self.call.say(here + Content("\n") + Content.styled(clean(why, 400), "$text-warning"))
            for pane, name in ((self.given, "input"), (self.answered, "output")):
                pane.show(f"{name} · {clean(self._at, 60)}", Content(""))
            return
        currency = self.room.deployment.nfr.currency
        self.call.say(here + Content("\n") + rv.call_words(call, currency))
        self.given.show(f"input · {clean(call.id, 60)}", rv.input_words(call))
        self.answered.show(f"output · {clean(call.id, 60)}", rv.output_words(call))

    def _open(self, progress: Progress) -> list[str]:
        """The calls that nobody has decided, nor is just deciding here."""
        waiting = {one.call for _, one in self._waiting}
        return [call for call in progress.left if call not in waiting]

    def _asked(self, picture: Picture) -> int:
        """How many judged outputs the gate of this attempt asks for."""
        rule = self.room.deployment.phase_rule(picture.state.attempt.phase)
        return (
            max((one.n for one in rule.criterion if "accuracy" in one.id), default=0) if rule else 0
        )

    # The log

    def action_draw(self) -> None:
        """Ask how many, and draw them."""
        picture = self.room.picture()
        if self.room.sampling.reading is not None:
            self.console_app.say("the log is being read: wait for it, or stop it with Esc")
            return
        try:
            may_draw(picture.state)
        except Refused as refused:
            self.console_app.say("; ".join(refused.reasons), wrong=True)
            self.action_stop()
            return
        self._ask_how_many(str(rv.wanted(picture.state, self._asked(picture))))

    def _ask_how_many(self, text: str, refused: str = "") -> None:
        def answered(said: str | None) -> None:
            if said is None:
                return
            n = int(said) if said.strip().isdecimal() and len(said.strip()) < 6 else 0
            if not 1 <= n <= MOST:
                self._ask_how_many(said, f"a sample has from 1 to {MOST:,} calls")
                return
            self.run_worker(self._draw(n), name="draw", group="review-log", exclusive=True,
                            exit_on_error=False)  # fmt: skip

        prompt = "How many calls of this attempt? Enter draws them at random from the agent's log."
        self.app.push_screen(Ask("Draw a sample", prompt, text, refused), answered)

    async def _draw(self, n: int) -> None:
        self._trouble = ""
        try:
            await self.room.sampling.draw(n, self.room.state, self.room.do)
        except Refused as refused:
            self._trouble = "; ".join(refused.reasons)
        except NotRead as why:
            self._trouble = str(why)
        except WRITE_ERRORS as error:
            self._trouble = f"NOT RECORDED: {error}"
        except Exception as error:
            self._trouble = f"nothing was drawn by a fault of ours ({type(error).__name__})"
        else:
            self._at = ""
        if self._trouble:
            self.console_app.say(self._trouble, wrong=True)
        self.refresh_view()

    def _seek(self, sample: Sample) -> None:
        """Look once for texts that are not held: of a sample drawn elsewhere, or earlier."""
        sampling = self.room.sampling
        if self._sought == sample.id or sampling.reading or not sampling.lacking(sample):
            return
        self._sought = sample.id
        self._begin_to_find(sample)

    def action_find(self) -> None:
        """Look for the texts again."""
        progress = present(self.room.state)
        if progress is not None and self.room.sampling.reading is None:
            self._begin_to_find(progress.sample, again=True)

    def _begin_to_find(self, sample: Sample, *, again: bool = False) -> None:
        finding = self._find(sample, again=again)
        self.run_worker(finding, name="find", group="review-log", exclusive=True,
                        exit_on_error=False)  # fmt: skip

    async def _find(self, sample: Sample, *, again: bool) -> None:
        self._trouble = ""
        try:
            await self.room.sampling.find(sample, again=again)
        except NotRead as why:
            self._trouble = f"{why}; t tries again"
        except Exception as error:
            self._trouble = f"the log is not read by a fault of ours ({type(error).__name__})"
        self.refresh_view()

    def action_stop(self) -> None:
        """Stop reading; else go to the first call that is not decided."""
        if self.room.sampling.reading is not None:
            self.workers.cancel_group(self, "review-log")
            self._trouble = "the log was not read to its end: you stopped it"
        progress = present(self.room.state)
        if progress is not None:
            self._at = next(iter(self._open(progress)), self._at)
        self.refresh_view()

    # The judgements

    def action_go(self, step: int) -> None:
        """To the call before or after this one."""
        progress = present(self.room.state)
        if progress is None or self._at not in progress.queue:
            return
        place = progress.queue.index(self._at) + step
        self._at = progress.queue[min(max(place, 0), len(progress.queue) - 1)]
        self.refresh_view()

    def action_judge(self, verdict: Verdict) -> None:
        """Judge the call that is shown; some verdicts ask for words first."""
        progress = present(self.room.state)
        if progress is None or self._at not in progress.queue:
            self.console_app.say("there is no call to judge: d draws a sample")
            return
        call = self._at
        if call not in self.room.sampling.texts and verdict != "skip":
            self.console_app.say("its text is not shown: nobody judges what they have not read")
            return
        in_full = self.room.state.attempt.phase == "full"
        if verdict == "right" or (verdict == "wrong" and not in_full):
            self._judged(progress, Judgement(call, verdict))
        else:
            self._ask_words(progress, call, verdict)

    def _ask_words(
        self, progress: Progress, call: str, verdict: Verdict, text: str = "", refused: str = ""
    ) -> None:
        optional = verdict != "skip" and self.room.state.attempt.phase != "full"

        def answered(said: str | None) -> None:
            if said is None:
                return
            note = clean(said.strip(), NOTE)
            if self.room.sampling.quoted(call, note):
                why = "this quotes the call, and the journal never holds its text: use your words"
                self._ask_words(progress, call, verdict, said, why)
                return
            self._judged(progress, Judgement(call, verdict, note))

        title, prompt = rv.asked_words(verdict, clean(call, 60), optional=optional)
        text = text or self._kept.get(call, "")
        self.app.push_screen(Ask(title, prompt, text, refused, optional=optional), answered)

    def _judged(self, progress: Progress, judgement: Judgement) -> None:
        """Put it in the row of what is written, and go on: the next key is for the next call."""
        self._waiting.append((progress.sample.attempt, judgement))
        if len(self._waiting) == 1:
            self.run_worker(self._write(), name="judge", group="review-write", exit_on_error=False)
        later = progress.queue[progress.queue.index(judgement.call) + 1 :]
        left = self._open(progress)
        after = [call for call in later if call in left]
        self._at = next(iter(after or left or later[:1]), judgement.call)
        self.refresh_view()

    async def _write(self) -> None:
        """Write what waits, in order. Where one is refused, the rest is not written either."""
        while self._waiting:
            attempt, judgement = self._waiting[0]
            try:
                await self.room.do(JudgeSample((judgement,), attempt))
            except Refused as refused:
                self._unwritten("; ".join(refused.reasons))
            except WRITE_ERRORS as error:
                self._unwritten(f"NOT RECORDED: {error}")
            except Exception as error:
                self._unwritten(f"NOT RECORDED: a fault of ours ({type(error).__name__})")
            else:
                self._kept.pop(judgement.call, None)
                self._waiting.popleft()
        self.refresh_view()

    def _unwritten(self, why: str) -> None:
        """Back to the first that is not on record."""
        self._at = self._waiting[0][1].call
        more = len(self._waiting) - 1
        self._kept |= {one.call: one.note for _, one in self._waiting if one.note}
        self._waiting.clear()
        lost = f"; {more} later ones were not written either" if more else ""
        self.console_app.say(f"{why}{lost}", wrong=True)
