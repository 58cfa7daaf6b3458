"""How a demo's past came about: the real commands, carried out at the times they would have been.

The recorded minutes of the past come from the simulated agent's own generator.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from console.demo.agent_state import AgentError
from console.demo.agent_texts import judge
from console.demo.stage_readiness import OPEN, answers, confirmations, plans
from console.demo.traffic import (
    MODEL,
    AgentCall,
    MinuteBucket,
    Profile,
    Routing,
    backfill,
    calls_of_minute,
    minute_bucket,
)
from console.domain import commands as c
from console.domain.checklist import ItemStatus
from console.domain.commands import Command
from console.domain.events import Judgement
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.refused import Refused
from console.domain.sampling import USUAL, priority, with_spares
from console.domain.share import Target, target_before, target_of
from console.domain.state import State
from console.domain.times import utc
from console.room import WarRoom
from console.room.traffic import BY_GATE

HOUR = 3600.0
LOGGED_HOURS = 24
IN_WINDOW_S = 29 * HOUR + 48 * 60
BASELINE = c.DocumentBaseline(0.92, 2.4, 0.020, "the claims team's figures of the last quarter")
# What each phase of the past took, in hours.
PAST: tuple[tuple[str, int | None, float], ...] = (
    ("dark-launch", None, 26),
    ("shadow", None, 51),
    ("canary", 1, 49),
    ("canary", 5, 50),
    ("canary", 20, 48.5),
    ("canary", 50, 48.5),
    ("canary", 100, 48.5),
)
# How long each stage's attempt runs already: its calls are all in the log.
BEGUN_S = {
    "dark-launch": 22 * HOUR,
    "shadow": 24 * HOUR,
    "canary": 24 * HOUR,
    "full": 60.0,
    "window": IN_WINDOW_S,
}
STAGES = ("readiness", *BEGUN_S)
AGREED_S = 120.0
PREPARATION_S = 30 * HOUR
HOLD_S = 6 * HOUR
MOST_HOLDS = 4
PAST_SEED = 1
DRAWN_MINUTES = 60
TOLD_MINUTES = 2
SHIFT_CHECKINS = 5
# What a reviewer notes of the pattern behind a verdict, in their own words.
PATTERNS = {
    "subtle": "asks for day and amount though the message gives both",
    "wrong": "water damage is filed as storm damage",
}


class StageClock:
    """A clock that stands where the stage puts it."""

    speed = 1.0

    def __init__(self, moment: float) -> None:
        """Stand at `moment` (unix seconds)."""
        self.moment = moment

    def now(self) -> float:
        """See `Clock.now`."""
        return self.moment

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self.moment


def set_stage(directory: Path, stage: str, profile: Profile, now: float) -> None:
    """Write the past of a demo that begins at `now` in `stage`, one of `STAGES`."""
    if stage == "readiness":
        asyncio.run(_Past(directory, profile, now - 4 * HOUR).prepare_half())
    else:
        entered = now - BEGUN_S[stage]
        past = passed(stage)
        start = entered - sum(hours for _, _, hours in past) * HOUR - PREPARATION_S
        asyncio.run(_Past(directory, profile, start).to_stage(past, entered, now))


def write_log(directory: Path, stage: str, profile: Profile, now: float) -> None:
    """Write the single calls of the attempt that runs, at most a day's, to the agent's log."""
    end = int(now // 60)
    logged_s = min(LOGGED_HOURS * HOUR, BEGUN_S.get(stage, LOGGED_HOURS * HOUR))
    backfill(directory, profile, routing_of(stage, profile), int((now - logged_s) // 60), end)


def routing_of(stage: str, profile: Profile) -> Routing:
    """Who answers when a demo begins in `stage`."""
    mode, share = {
        "readiness": ("canary", 0),
        "dark-launch": ("dark-launch", 0),
        "shadow": ("shadow", 0),
        "canary": ("canary", 5),
        "full": ("full", 100),
        "window": ("full", 100),
    }[stage]
    return Routing(profile.candidate, share, mode)


def passed(stage: str) -> tuple[tuple[str, int | None, float], ...]:
    """The phases that were passed before `stage`, with their hours."""
    number = {"dark-launch": 0, "shadow": 1, "canary": 3}.get(stage, len(PAST))
    return PAST[:number]


def _as_set(state: State) -> tuple[c.AskTraffic, Target]:
    """What the console asks of the switch after the gate that was just decided."""
    target, before = target_of(state.attempt), target_before(state)
    said = c.AskTraffic(state.attempt.id, target.share, target.phase, before.share, BY_GATE)
    return said, target


class _Past:
    """Walks the past from its start, one person at a time."""

    def __init__(self, directory: Path, profile: Profile, start: float) -> None:
        self._directory = directory
        self._logged = profile
        # Whether the gates can be passed hangs on chance: the past is one that passed them.
        self._profile = msgspec.structs.replace(profile, seed=PAST_SEED)
        self._clock = StageClock(start)
        self._routing: Routing | None = None  # None while no call of the past is recorded
        self._recorded = 0  # the minute up to which all are

    def _open(self) -> WarRoom:
        return WarRoom.open(
            self._directory, who="agent lead", offline=True, clock=self._clock, demo=True
        )

    async def _do(self, room: WarRoom, who: str, command: Command, after_s: float = 60.0) -> None:
        self._pass(room, after_s)
        room.become(who)
        await room.do(command)

    async def prepare_half(self) -> None:
        """Confirm what a team has some hours before it wants GO."""
        room = self._open()
        try:
            await self._do(room, "agent lead", BASELINE)
            await self._probe(room)
            idle = {i.item.id for i in self._not_applicable(room)}
            await self._confirm(room, OPEN | idle, 240)
            for plan in plans(utc(self._clock.now()).date()):
                await self._do(room, "tech lead", plan)
        finally:
            await room.close()

    async def _confirm(self, room: WarRoom, leave_open: set[str], pause_s: float) -> None:
        for who, command in confirmations(room.deployment, leave_open):
            await self._do(room, who, command, pause_s)

    async def _poll(self, room: WarRoom) -> None:
        """Everybody says GO, in an hour."""
        await self._do(room, "agent lead", c.OpenPoll())
        for who, role, reason in answers(room.deployment, room.state.poll):
            self._clock.moment += 600
            room.become(who)
            await room.do(c.AnswerPoll(True, reason, role))

    async def _probe(self, room: WarRoom) -> None:
        """The escalation path was tried end to end, and the reviewer confirmed the notice."""
        code = hashlib.sha256(room.deployment.deployment.encode()).hexdigest()[:6]
        await self._do(room, "tech lead", c.SendEscalationTest(code, "reviewer"))
        await self._do(room, "reviewer", c.ConfirmEscalationTest(code), 40)
        told = "escalation passed: trigger, notice to reviewer, receipt after 40 s"
        sha256 = hashlib.sha256(told.encode()).hexdigest()
        await self._do(room, "tech lead", c.RecordProbe("escalation", True, told, sha256))

    async def to_stage(
        self, past: Sequence[tuple[str, int | None, float]], entered: float, now: float
    ) -> None:
        """From the first confirmation to `now`, in the attempt that was entered at `entered`."""
        room = self._open()
        began = entered - sum(hours for _, _, hours in past) * HOUR
        try:
            room.eyes.record()
            await self._do(room, "agent lead", BASELINE)
            await self._probe(room)
            idle = {i.item.id for i in self._not_applicable(room)}
            await self._confirm(room, idle, 1200)
            self._clock.moment = began - 2 * HOUR
            await self._poll(room)
            self._clock.moment = began - AGREED_S - 120
            await self._do(room, "agent lead", c.GiveBrief(how="at the weekly meeting"))
            self._clock.moment = began - AGREED_S
            await self._advance(room, "all leads say GO")
            for phase, share, hours in past:
                await self._phase(room, phase, share, hours)
            if room.state.attempt.phase == "full":
                end = now - LOGGED_HOURS * HOUR
                # What the log holds is read from there.
                self._route("full", 100)
                self._pass(room, max(0.0, end - self._clock.moment))
                self._routing = None
                await self._window(room, now)
            self._clock.moment = now  # all that came until now was answered by those of that time
            for eye in room.eyes.each.values():
                eye.adopt({}, now)
        finally:
            await room.close()

    async def _advance(self, room: WarRoom, why: str) -> None:
        """One lead proposes, the other agrees two minutes later, and the traffic follows."""
        await self._do(room, "agent lead", c.DecideGate("advance", why), 0)
        await self._do(room, "tech lead", c.DecideGate("advance", "agreed"), AGREED_S)
        await self._switch(room)

    @staticmethod
    def _not_applicable(room: WarRoom) -> Iterable[ItemStatus]:
        items = room.take_picture().items
        return [status for status in items if status.state == "not-applicable"]

    async def _phase(self, room: WarRoom, phase: str, share: int | None, hours: float) -> None:
        """Run a phase for its hours, review, brief, and pass its gate."""
        began = self._clock.moment
        self._route(phase, share or 0)
        self._pass(room, hours * HOUR - 1200)
        await self._sample(room, began, self._profile)
        words = "the claims team's feedback, collected at the daily stand-up"
        await self._do(room, "BU operations lead", c.JudgeSatisfaction("positive", words))
        await self._do(room, "agent lead", c.GiveBrief(how="by mail, with a call"))
        self._pass(room, began + hours * HOUR - AGREED_S - self._clock.moment)
        for _ in range(MOST_HOLDS):
            try:
                await self._advance(room, "the criteria are met")
            except Refused as refused:
                # A small canary of an unlucky seed misses by chance: hold, as a team would.
                await self._do(room, "tech lead", c.DecideGate("hold", refused.reasons[0]), 0)
                self._pass(room, HOLD_S)
            else:
                return
        raise AgentError(f"the demo's {phase} did not pass its gate: try another --seed")

    async def _switch(self, room: WarRoom) -> None:
        """The traffic follows the gate's decision, as the console of that time read it back."""
        asked, target = _as_set(room.state)
        await self._do(room, "tech lead", asked, 0)
        held = room.state.traffic[asked.attempt]
        said = f"it reads {target.share} % in {target.phase}"
        record = c.RecordTraffic(asked.attempt, held.key, "verified", float(target.share), said)
        await self._do(room, "tech lead", record, 0)

    async def _sample(self, room: WarRoom, since: float, profile: Profile) -> None:
        """Draw 50 calls made after `since`, from some minutes of that time, and judge them."""
        first, last = int(since // 60) + 1, int(self._clock.moment // 60)
        routing = Routing(profile.candidate, 100, "full")
        pool = {
            call.id: call
            for minute in range(first, last, max(1, (last - first) // DRAWN_MINUTES))
            for call in calls_of_minute(profile, minute, routing)
        }
        attempt = room.state.attempt.id
        seeds = (
            hashlib.sha256(f"{attempt}{number}".encode()).hexdigest()[:32] for number in range(400)
        )
        for seed in seeds:
            ranked = sorted(pool, key=lambda name: priority(seed, name))
            drawn = tuple(ranked[: with_spares(USUAL)])
            judged = _judged([pool[name] for name in drawn])
            # What a review finds hangs on chance: in a healthy past it found nothing.
            if profile.scenario != "healthy" or all(one.verdict != "subtle" for one in judged):
                break
        span = (utc(first * 60.0), utc(last * 60.0))
        draw = c.DrawSample(attempt, USUAL, seed, len(pool), *span, feed="calls", calls=drawn)
        await self._do(room, "reviewer", draw)
        await self._do(room, "reviewer", c.JudgeSample(judged))

    def _route(self, phase: str, share: int) -> None:
        """From now on the calls go this way."""
        if self._routing is None:
            self._recorded = int(self._clock.moment // 60)
        self._routing = Routing(self._profile.candidate, share, phase)

    def _pass(self, room: WarRoom, length_s: float) -> None:
        """Let `length_s` seconds pass, and record their minutes as the agent would have logged."""
        self._clock.moment += length_s
        end = int(self._clock.moment // 60)
        minutes: dict[int, Minute] = {}
        if (routing := self._routing) is not None:
            minutes = {
                number: as_minute(
                    minute_bucket(self._profile, number, routing),
                    minute_bucket(self._profile, number, routing, "control"),
                )
                for number in range(self._recorded, end)
            }
            self._recorded = end
        numbers = list(minutes)
        for eye in room.eyes.each.values():
            # Told as they came, so that a replay of the past sees them come.
            for place in range(0, len(numbers), TOLD_MINUTES):
                told = {number: minutes[number] for number in numbers[place : place + TOLD_MINUTES]}
                eye.adopt(told, (max(told) + 1) * 60.0)
            eye.adopt({}, self._clock.moment)

    async def _window(self, room: WarRoom, now: float) -> None:
        """The window so far: check-ins every two hours, the review at 24 h."""
        entered = room.state.attempt.entered_at
        remarks = ("all quiet", "traffic as forecast", "escalations a little up over noon, fine")
        due = entered + 2 * HOUR
        number = 0
        reviewed = False
        self._clock.moment = entered
        await self._do(room, "agent lead", c.TakeOver(), 60)
        while due < now:
            if not reviewed and due > entered + 24 * HOUR:
                self._clock.moment = entered + 24 * HOUR
                logged = max(entered, now - LOGGED_HOURS * HOUR)
                await self._sample(room, logged, self._logged)
                reviewed = True
            self._clock.moment = due - 300
            who = "tech lead" if number % 2 else "agent lead"
            await self._do(room, who, c.CheckIn(remarks[number % 3]), 0)
            # Two hours after the last one, not after the last due.
            due = self._clock.moment + 2 * HOUR
            number += 1
            if not number % SHIFT_CHECKINS:
                await self._hand_over(room, "agent lead", "tech lead")

    async def _hand_over(self, room: WarRoom, one: str, other: str) -> None:
        """The watch goes from whoever has it to the other."""
        shift = room.state.shift
        gives, takes = (one, other) if shift is None or shift.who == one else (other, one)
        await self._do(room, gives, c.HandOver(takes, "nothing special"), 60)
        await self._do(room, takes, c.TakeOver(), 60)


def _judged(drawn: Sequence[AgentCall]) -> tuple[Judgement, ...]:
    """What somebody would say of these, until there are enough verdicts."""
    judged: list[Judgement] = []
    for call in drawn:
        if sum(one.verdict != "skip" for one in judged) == USUAL:
            break
        if call.error:
            judged.append(Judgement(call.id, "skip", "it failed, there is no output"))
        else:
            verdict = judge(call.input, call.output)
            judged.append(Judgement(call.id, verdict, PATTERNS.get(verdict, "")))
    return tuple(judged)


def as_minute(bucket: MinuteBucket, control: MinuteBucket | None = None) -> Minute:
    """A simulated minute as the minute that its calls would have been folded into.

    `control` are the calls that the stable version answered beside the candidate.
    """
    minute = _counted(bucket)
    if control is not None and control.calls:
        minute.aside = control.calls
        minute.arms = _counted(bucket).apart()
        minute.controls = _counted(control).apart()
    return minute


def _counted(bucket: MinuteBucket) -> Minute:
    return Minute(
        calls=bucket.calls,
        errors=bucket.errors,
        escalations=bucket.escalations,
        flags=bucket.flags,
        cost=bucket.cost,
        costed=bucket.calls,
        tokens_in=bucket.tokens_in,
        tokens_out=bucket.tokens_out,
        timed=bucket.calls,
        latency=histogram(bucket.latency),
        versions={bucket.version: bucket.calls} if bucket.calls else {},
        tokened=bucket.calls,
        models={MODEL: bucket.calls} if bucket.calls else {},
    )
