"""The simulated agent's calls: seeded, repeatable, the same however they are asked for.

All that a minute holds follows from (seed, minute): when calls arrive, what they ask, how they
fare. Only who answers depends on the routing of the moment, and drawing for one call never shifts
the next, so a minute made in pieces, again, or under another routing has the same arrivals.
Minutes are unix minutes (unix seconds // 60).
"""

import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import msgspec

from console.demo import agent_texts as texts
from console.demo.curves import (
    DAY,
    LATENCIES,
    LATENCY_MU,
    LATENCY_SIGMA,
    SLOW_SHARE,
    SLOW_TIMES,
)
from console.demo.scenarios import SCENARIOS, Fate, Scenario, fate_of

MIRRORED = ("dark-launch", "shadow")
MODES = (*MIRRORED, "canary", "full")
MODEL = "triage-large-2"
LOG_FILE = Path("agent", "calls.jsonl")

MINUTE_MS = 60_000
TOKENS_IN = (math.log(1_800), 0.45)
TOKENS_OUT = (math.log(300), 0.6)
PRICE_IN = 5e-6
PRICE_OUT = 25e-6
TIMEOUT_S = 10.0
USERS = 900
LOOPING = "u-loop"
GOLDEN = (math.sqrt(5) - 1) / 2

_ENCODER = msgspec.json.Encoder()


class Profile(msgspec.Struct, frozen=True):
    """Which agent is simulated: enough to make any minute of it again.

    `calls_per_hour` is the average over a day; `onset` (unix seconds) is when the scenario's
    trouble begins, None for never.
    """

    seed: int = 1
    calls_per_hour: float = 1_200.0
    candidate: str = "v2.4.0"
    stable: str = "v2.3.1"
    scenario: str = "healthy"
    onset: float | None = None


TOOLS = ("policy-lookup", "claims-history")
OUT_OF_SCOPE = "payments-write"
"""A tool that the platform has and this agent is not meant to use."""


class Routing(msgspec.Struct, frozen=True):
    """Who answers: `version` is what runs where the candidate belongs.

    `share` is its percent of users' traffic, 0 to 100. In the mirrored modes it processes every
    input, whatever its share, and users are served by the stable version. `off` are tools that no
    call may use.
    """

    version: str
    share: int = 0
    mode: str = "dark-launch"
    off: tuple[str, ...] = ()


class Tool(msgspec.Struct, frozen=True):
    """One tool call and whether it succeeded."""

    name: str
    ok: bool


class AgentCall(msgspec.Struct, frozen=True):
    """One line of the call log, in the order of its fields. `at` is RFC 3339, UTC, with ms."""

    id: str
    at: str
    version: str
    variant: str
    model: str
    latency_s: float
    tokens_in: int
    tokens_out: int
    cost: float
    error: str
    escalation: str
    flags: tuple[str, ...]
    tools: tuple[Tool, ...]
    user: str
    input: str
    format: str
    output: str
    synthetic: bool
    conversation: str

    def line(self) -> bytes:
        """The call as one JSON line, LF included."""
        return _ENCODER.encode(self) + b"\n"


class MinuteBucket(msgspec.Struct, frozen=True):
    """One version's calls of one minute as counters; `latency` is (seconds, calls) pairs."""

    minute: int
    version: str
    variant: str
    calls: int
    errors: int
    escalations: int
    flags: int
    cost: float
    tokens_in: int
    tokens_out: int
    latency: tuple[tuple[float, int], ...]


def route(profile: Profile, routing: Routing, draw: float) -> tuple[str, str]:
    """The version that answers the call with this `draw` (0 to 1), and its variant."""
    if not reaches_candidate(profile, routing):
        return profile.stable, "live"
    if routing.mode in MIRRORED or draw * 100 < routing.share:
        return profile.candidate, "live"
    return profile.stable, "control"


def reaches_candidate(profile: Profile, routing: Routing) -> bool:
    """Whether the candidate gets any calls at all."""
    return routing.version == profile.candidate and (routing.mode in MIRRORED or routing.share > 0)


def calls_of_minute(profile: Profile, minute: int, routing: Routing) -> list[AgentCall]:
    """All calls of a minute, in the order of their times."""
    return list(
        calls_between(profile, minute * MINUTE_MS - 1, (minute + 1) * MINUTE_MS - 1, routing)
    )


def calls_between(
    profile: Profile, after_ms: int, until_ms: int, routing: Routing
) -> Iterator[AgentCall]:
    """The calls with `after_ms` < time <= `until_ms` (unix milliseconds), in order."""
    for minute in range((after_ms + 1) // MINUTE_MS, until_ms // MINUTE_MS + 1):
        for at_ms, call in _minute(profile, minute, routing):
            if after_ms < at_ms <= until_ms:
                yield call


def _minute(profile: Profile, minute: int, routing: Routing) -> list[tuple[int, AgentCall]]:
    """A minute's calls with their times, in order; a looping client's are drawn by themselves."""
    rng = _generator(profile, minute)
    count = _arrivals(rng, profile, minute)
    made = []
    for number, at_ms in enumerate(_offsets(rng, minute, count)):
        call = make_call(profile, routing, rng, f"c{minute}-{number:03d}", at_ms)
        if (minute + number) * GOLDEN % 1 < _fate(profile, call.version, at_ms / 1000).traffic:
            made.append((at_ms, call))
    extra = _looping(profile, minute, count) if reaches_candidate(profile, routing) else 0
    if extra:
        rng = _generator(profile, 1 << 31 | minute)
        for number, at_ms in enumerate(_offsets(rng, minute, extra)):
            name = f"l{minute}-{number:03d}"
            call = make_call(profile, routing, rng, name, at_ms, user=LOOPING)
            if call.version == profile.candidate:
                made.append((at_ms, call))
        made.sort(key=itemgetter(0))
    return made


def _offsets(rng: random.Random, minute: int, count: int) -> list[int]:
    return sorted(minute * MINUTE_MS + int(rng.random() * MINUTE_MS) for _ in range(count))


def _looping(profile: Profile, minute: int, arrivals: int) -> int:
    """How many calls a looping client of the candidate adds to a minute."""
    times = _fate(profile, profile.candidate, minute * 60.0 + 30).traffic
    return round(arrivals * max(0.0, times - 1))


def make_call(
    profile: Profile,
    routing: Routing,
    rng: random.Random,
    call_id: str,
    at_ms: int,
    *,
    user: str = "",
    text: str = "",
    escalate: bool = False,
    synthetic: bool = False,
) -> AgentCall:
    """One call, from what `rng` draws; `user`, `text` and `escalate` override what it would be.

    The generator is asked for the same number of draws whatever comes of them.
    """
    split, fate, slow, reason, wording, who = (rng.random() for _ in range(6))
    latency = rng.lognormvariate(LATENCY_MU, LATENCY_SIGMA) * (
        SLOW_TIMES if slow < SLOW_SHARE else 1
    )
    tokens_in = int(rng.lognormvariate(*TOKENS_IN))
    tokens_out = int(rng.lognormvariate(*TOKENS_OUT))
    kind, question = texts.ask(rng)
    version, variant = route(profile, routing, split)
    fate_now = _fate(profile, version, at_ms / 1000)
    errors, escalations = fate_now.errors, fate_now.escalations
    latency *= fate_now.latency
    tokens_in = int(tokens_in * fate_now.tokens)
    tokens_out = int(tokens_out * fate_now.tokens)
    error = escalation = ""
    output = texts.answer(kind, wording)
    if fate < errors:
        error = texts.OUTAGE if errors == 1 else texts.pick(texts.ERRORS, reason)
        output, tokens_out = "", 0
        latency = TIMEOUT_S if error == "timeout" else latency
    elif escalate or fate < errors + escalations * (1 - errors):
        escalation = texts.pick(texts.REASONS, reason)
        output = f"ESCALATE: {escalation}"
    flags: tuple[str, ...] = ()
    tools = tuple(Tool(name, not error) for name in TOOLS if name not in routing.off)
    if not error and fate_now.flags + fate_now.misuse > 0:
        # Drawn apart, so that no other call is another one for it.
        flag, misuse = _apart(call_id)
        if flag < fate_now.flags:
            said, output = texts.flagged(flag / fate_now.flags, output)
            flags = (said,)
        if misuse < fate_now.misuse and OUT_OF_SCOPE not in routing.off:
            tools = (*tools, Tool(OUT_OF_SCOPE, True))
    return AgentCall(
        id=call_id,
        at=rfc3339(at_ms),
        version=version,
        variant=variant,
        model=fate_now.model or MODEL,
        latency_s=round(latency, 3),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=round(tokens_in * PRICE_IN + tokens_out * PRICE_OUT, 6),
        error=error,
        escalation=escalation,
        flags=flags,
        tools=tools,
        user=user or f"u-{int(who * USERS):04d}",
        input=text or question,
        format=texts.pick(texts.FORMATS, who),
        output=output,
        synthetic=synthetic,
        conversation=f"cv-{call_id}",
    )


def minute_bucket(
    profile: Profile, minute: int, routing: Routing, variant: str = "live"
) -> MinuteBucket:
    """A minute's counters drawn directly, some ten times faster than from its single calls.

    It has as many arrivals as `calls_of_minute`; the rest agrees in distribution only.
    """
    rng = _generator(profile, minute)
    arrivals = _arrivals(rng, profile, minute)
    live = _binomial(rng, arrivals, _live_share(profile, routing))
    if variant == "control":
        count, version = arrivals - live, profile.stable
    else:
        count, version = live, route(profile, routing, 0.0)[0]
    fate = _fate(profile, version, minute * 60.0 + 30)
    if fate.traffic != 1:
        count = int(count * fate.traffic + rng.random())
    errors = _binomial(rng, count, fate.errors)
    escalations = _binomial(rng, count - errors, fate.escalations)
    tokens_in = int(_tokens(rng, count, TOKENS_IN) * fate.tokens)
    tokens_out = int(_tokens(rng, count - errors, TOKENS_OUT) * fate.tokens)
    times = [round(each * fate.latency, 3) for each in LATENCIES]
    latency = Counter(rng.choices(times, k=count))
    flags = _binomial(rng, count - errors, fate.flags) if fate.flags else 0
    return MinuteBucket(
        minute=minute,
        version=version,
        variant=variant,
        calls=count,
        errors=errors,
        escalations=escalations,
        flags=flags,
        cost=round(tokens_in * PRICE_IN + tokens_out * PRICE_OUT, 6),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        latency=tuple(sorted(latency.items())),
    )


def backfill(
    directory: Path, profile: Profile, routing: Routing, start_minute: int, end_minute: int
) -> int:
    """Append the calls of the minutes from `start_minute` up to, not including, `end_minute`.

    They go to the call log of the deployment at `directory`; call it again for what followed under
    another routing. Gives the number of calls.
    """
    path = directory / LOG_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    with path.open("ab") as log:
        until_ms = end_minute * MINUTE_MS - 1
        for call in calls_between(profile, start_minute * MINUTE_MS - 1, until_ms, routing):
            log.write(call.line())
            number += 1
    return number


def rfc3339(at_ms: int) -> str:
    """Unix milliseconds as RFC 3339 in UTC, of fixed width, so that texts sort like times."""
    whole = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def unix_ms(text: str) -> int:
    """RFC 3339 as unix milliseconds; ValueError if it is not a time or names no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f'"{text}" names no time zone')
    return round(moment.timestamp() * 1000)


def scenario_of(profile: Profile) -> Scenario:
    """The profile's scenario; a KeyError for a name that is not in the table."""
    return SCENARIOS[profile.scenario]


def _live_share(profile: Profile, routing: Routing) -> float:
    if routing.mode in MIRRORED or not reaches_candidate(profile, routing):
        return 1.0
    return routing.share / 100


def _fate(profile: Profile, version: str, at: float) -> Fate:
    if version != profile.candidate or profile.onset is None or at < profile.onset:
        return _HEALTHY
    return fate_of(scenario_of(profile), at - profile.onset)


def _apart(call_id: str) -> tuple[float, float]:
    """Two draws of a call that shift no other."""
    rng = random.Random(call_id)
    return rng.random(), rng.random()


def _generator(profile: Profile, minute: int) -> random.Random:
    return random.Random(profile.seed << 32 | minute)


def _arrivals(rng: random.Random, profile: Profile, minute: int) -> int:
    """A Poisson count: exponential gaps until the minute is over."""
    left = profile.calls_per_hour / 60 * DAY[minute % 1440]
    count = 0
    while (left := left - rng.expovariate(1.0)) > 0:
        count += 1
    return count


def _binomial(rng: random.Random, count: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(count))


def _tokens(rng: random.Random, count: int, shape: tuple[float, float]) -> int:
    """The sum of `count` long-tailed token counts, by its mean and spread."""
    mu, sigma = shape
    mean = math.exp(mu + sigma**2 / 2)
    spread = mean * math.sqrt(math.exp(sigma**2) - 1)
    return max(0, int(rng.gauss(count * mean, math.sqrt(count) * spread)))


_HEALTHY = Fate()
