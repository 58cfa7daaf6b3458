"""Who answers now: what the fresh calls show after a rollback's steps were carried out (Guide 3.5).

The feeds are read from near their ends, each on its own and never for longer than a moment at a
time. Where no call comes, a synthetic one is sent; only the log says who answered it.
"""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from config.guide import trigger_rules
from config.model import Deployment
from console.actions.invoke import new_mark, send
from console.clock import Clock
from console.executor.danger import Proof, rate_proof, rule_limit, spend_proof
from console.executor.sight import Sight, Watched
from console.executor.verdict import Fresh
from console.net import Http

LOOK_S = 1.0
# A call that was under way when the switch turned says nothing about what follows.
STRAGGLER_S = 10.0
CALLED_S = 600.0
BACK_S = 120.0
NO_CALL_S = 5.0
BETWEEN_S = 15.0
INPUT = "Synthetic input: a rollback was carried out, and this call shows who answers now"

Cursors = Mapping[str, Mapping[str, object]]


class Witness:
    """Looks at the calls of a deployment for one rollback."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        http: Http,
        clock: Clock,
        *,
        bad: str,
        target: str,
        trigger: str,
        cursors: Cursors = MappingProxyType({}),
        share: float = 1.0,
    ) -> None:
        """Nothing is read yet.

        `bad` is the version rolled back, `target` the one restored, empty for the existing process.
        `trigger` is the id of its rule. `cursors` say by feed where a console has read to: only a
        log that gives no other way near its end needs it. `share` is the attempt's, of all traffic.
        """
        self._deployment = deployment
        self._directory = directory
        self._http = http
        self._clock = clock
        self._bad = bad
        self._target = target
        self._rule = next((rule for rule in trigger_rules() if rule.id == trigger), None)
        self._share = share
        back_s = BACK_S if target else CALLED_S
        self._feeds = {
            name: Watched(spec, deployment, directory, http, clock, cursors.get(name, {}), back_s)
            for name, spec in deployment.feeds.items()
        }
        self._executed: float | None = None
        self._known = 0
        self._news_at = 0.0
        self._sent_at: float | None = None
        self._sending: asyncio.Task[None] | None = None
        self.sent = 0
        self.refused = ""

    async def look(self, executed: float) -> Fresh:
        """What the calls that began after `executed` (unix seconds) show, asked anew.

        Takes a second at most: a feed that hangs is left to it. Never raises.
        """
        if self._executed != executed:
            self._executed, self._news_at = executed, self._clock.monotonic()
        reading = {task for feed in self._feeds.values() if (task := feed.turn()) is not None}
        if reading:
            await asyncio.wait(reading, timeout=LOOK_S)
        fresh = self._fresh(executed)
        self._provoke(fresh, sum(1 for _ in self._since(executed)))
        return fresh

    async def close(self) -> None:
        """Ask no more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending}, timeout=LOOK_S)
        await asyncio.gather(*(feed.close() for feed in self._feeds.values()))

    @property
    def trouble(self) -> str:
        """Why less is seen than could be: one sentence, empty if nothing is wrong."""
        logs = [feed for feed in self._feeds.values() if feed.gives_calls]
        if not logs:
            return "no feed gives single calls that this process could read"
        wrong = [feed.error for feed in logs if feed.error]
        if self.refused:
            wrong.append(f"the synthetic input was not taken: {self.refused}")
        return "; ".join(wrong)

    def metric(self) -> Proof:
        """Whether the trigger's metric has left the danger zone since the last look's `executed`.

        left, not-yet, unknown, or none for a trigger that a person declares; and a sentence.
        """
        rule = self._rule
        if rule is None or rule.metric is None or rule.window_s is None:
            return "none", "a person declared this trigger: no number shows that it is over"
        feed = self._feeds[self._deployment.feed_of(rule.metric).id]
        if not feed.gives_calls:
            return "unknown", f"feed {feed.id} gives no single calls: look at the metrics"
        if self._executed is None or not feed.tells(self._executed):
            why = feed.error or f"feed {feed.id} has not answered since"
            return "unknown", f"{why}: not yet known"
        told_by = {"error-rate": "errors", "escalation-rate": "escalations"}
        if told_by.get(rule.metric) in feed.untold:
            return "unknown", f"the log of feed {feed.id} does not say it: not known"
        now = self._clock.now()
        since = max(self._executed, now - rule.window_s, feed.dropped_to)
        calls = [sight for sight in feed.since(since) if sight.counts]
        limit = rule_limit(rule, self._forecast())
        if rule.over_times is not None or limit is None:
            return spend_proof(limit, calls, now - since, self._deployment.nfr.currency)
        return rate_proof(rule.metric, limit, calls)

    def _forecast(self) -> float | None:
        """Money an hour at the attempt's share; None where it is not forecast."""
        forecast = self._deployment.forecast
        if forecast.cost_per_call is None or forecast.calls_per_hour is None:
            return None
        return forecast.cost_per_call * forecast.calls_per_hour * self._share

    def _since(self, executed: float) -> Iterator[Sight]:
        return (sight for feed in self._feeds.values() for sight in feed.since(executed))

    def _fresh(self, executed: float) -> Fresh:
        """Silence proves something only of a version that was called, and that none replaces."""
        now = self._clock.now()
        calls = list(self._since(executed))
        bad = [call.at for call in calls if call.version == self._bad]
        since = max(bad, default=executed)
        after = [call.version for call in calls if call.at > since]
        stable = sum(version == self._target for version in after) if self._target else 0
        quiet = not self._target and self._was_called(executed)
        return Fresh(
            stable=stable,
            bad=sum(at > now - STRAGGLER_S for at in bad),
            seen=any(feed.tells(executed) for feed in self._feeds.values()),
            version=self._bad,
            quiet_s=now - since if quiet else 0.0,
            wanted=self._deployment.rollback.fresh_calls,
            other=sum(version not in {self._target, self._bad} for version in after)
            if self._target
            else 0,
        )

    def _was_called(self, executed: float) -> bool:
        """Whether the bad version had calls until the rollback."""
        return any(
            sight.version == self._bad and executed - CALLED_S < sight.at <= executed
            for feed in self._feeds.values()
            for sight in feed.sights
        )

    def _provoke(self, fresh: Fresh, known: int) -> None:
        """Send a synthetic call where no call comes by itself and somebody could see it."""
        now = self._clock.monotonic()
        if known != self._known:
            self._known, self._news_at = known, now
        invoke = self._deployment.invoke
        if invoke is None or not self._target or not fresh.seen or fresh.stable >= fresh.wanted:
            return
        if now - self._news_at < NO_CALL_S:
            return
        if self._sent_at is not None and now - self._sent_at < BETWEEN_S:
            return
        if self._sending is not None and not self._sending.done():
            return
        self._sent_at = now
        self._sending = asyncio.create_task(self._send(), name="witness-synthetic")

    async def _send(self) -> None:
        invoke = self._deployment.invoke
        if invoke is None:
            return
        self.sent += 1
        text = f"{INPUT}, {new_mark()}."
        try:
            refused = await send(self._http, self._directory, invoke, text)
        except Exception as error:  # a proof that cannot be had must not stop the rollback
            self.refused = f"by a fault of ours ({type(error).__name__})"
        else:
            self.refused = refused.why if refused is not None else ""
