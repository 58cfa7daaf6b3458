"""Whether a deployment is fit to be watched: each thing looked at, in a sentence."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from config.feed import Feed
from config.guide import MetricId, MetricRule, Role, WatchRule, metric_rules, watch_rules
from config.limits import rule_of
from config.load import load
from config.model import Deployment, MissingSecret, Secret
from config.presets import UnknownPreset, preset
from config.walk import leaves
from console.clock import SystemClock
from console.domain.extra_rules import in_unit
from console.domain.hints import pasted
from console.domain.notice_plan import unreachable
from console.domain.readings import NO_SAMPLE, Reading
from console.domain.times import span
from console.executor.opening import OpenFailed
from console.journal import Unwritable
from console.journal.disk import must_be_local
from console.journal.home import default_home
from console.journal.verify import verify
from console.net import Http
from console.room.doctor_clock import look_at_clock, look_at_skew
from console.room.doctor_escalations import look_at_escalations
from console.room.doctor_fields import Absent, absent_fields, look_at_fields, study_of, unheard
from console.room.doctor_members import look_at_members, look_at_own_entries
from console.room.doctor_rollback import look_at_rollback
from console.room.doctor_sync import look_at_sync
from console.room.doctor_unset import look_at_unset
from console.room.doctor_urls import look_at_urls
from console.room.doctor_volume import look_at_volume
from console.room.eyes import Eye
from console.room.finding import WRONG, Finding, Outcome
from console.room.lookout import GIVE_CALLS, Preview
from console.room.picture import Picture
from console.room.room import WarRoom

ENOUGH_BYTES = 64 * 1024 * 1024

# A price may be of one kind of tokens only.
_PRICED = (("model", "tokens_in"), ("model", "tokens_out"))


class Examination(msgspec.Struct, frozen=True):
    """All findings, and each rule's preview over the record."""

    findings: tuple[Finding, ...]
    previews: tuple[Preview, ...]

    @property
    def wrong(self) -> list[Finding]:
        """What must be mended."""
        return [one for one in self.findings if one.verdict in WRONG]


async def examine(directory: Path) -> Examination:
    """Look at everything, and ask every feed and every step once; of a log also its end.

    Writes nothing but what it takes away again, and the log of the process that it tries to start.
    Raises `ConfigError`: without a config there is nothing to look at.
    """
    found = await _examined(directory)
    told = (replace(one, detail=pasted(one.detail, directory)) for one in found.findings)
    return replace(found, findings=tuple(told))


async def _examined(directory: Path) -> Examination:
    loaded = load(directory)
    deployment = loaded.deployment
    findings = [Finding("config", "warroom.toml", "ok", "every key is understood")]
    findings += [*_people(deployment), *_secrets(deployment, directory), *look_at_urls(deployment)]
    findings += [_journal(deployment, directory), *_disk(directory)]
    findings += look_at_members(loaded, SystemClock().now())
    findings += await look_at_sync(loaded, SystemClock())
    findings += await look_at_rollback(loaded)
    try:
        room = WarRoom.open(directory, read_only=True)
    except (OpenFailed, Unwritable, OSError) as error:
        return Examination((*findings, Finding("journal", "opening", "fail", str(error))), ())
    try:
        await room.poll_once()
        picture = room.picture()
        findings += [_feed(eye, picture.now) for eye in room.eyes.each.values()]
        async with Http() as http:
            live = {one.id for one in picture.feeds if one.fresh.state == "live"}
            absent = await absent_fields(deployment, live, directory, http)
        findings += look_at_fields(deployment, directory, absent)
        findings += _metrics(deployment, directory, picture, absent)
        findings += look_at_escalations(loaded, picture.now)
        findings += look_at_own_entries(loaded, room.record.journal.judging, picture.now)
        findings += await _switch(room)
        findings += look_at_unset(deployment, room.state)
        findings += look_at_volume(
            deployment, {name: eye.series for name, eye in room.eyes.each.items()}
        )
        findings += look_at_clock(room, picture.now)
        findings += await look_at_skew(feed.url for feed in deployment.feeds.values() if feed.url)
        return Examination(
            tuple(findings), tuple(room.looker.lookout.previews(room.state, picture.now))
        )
    finally:
        await room.close()


def _people(deployment: Deployment) -> Iterator[Finding]:
    """Whoever is told of an alert must be somebody, and should have an address."""
    told: dict[Role, list[str]] = {}
    rules: tuple[MetricRule | WatchRule, ...] = (*metric_rules(), *watch_rules())
    for rule in rules:
        if rule.id not in deployment.watch.off:
            for role in rule.recipients:
                told.setdefault(role, []).append(rule.id)
    for own in deployment.rules:
        told.setdefault(own.recipient, []).append(own.id)
    for role, alerts in told.items():
        holders = [person for person in deployment.people if role in person.roles]
        names = ", ".join(person.name for person in holders)
        if not holders:
            why = f"is told of {', '.join(alerts)}, and nobody has this role: give it in [[people]]"
            yield Finding("people", role, "fail", why)
        elif not any(person.notify for person in holders):
            yield Finding("people", role, "warn", f"{names} sees alerts here only: write `notify`")
        else:
            yield Finding("people", role, "ok", names)
    if lost := unreachable(deployment):
        who = ", ".join(f"{one.name}{f' (call {one.phone})' if one.phone else ''}" for one in lost)
        yield Finding("people", "notices", "warn", f"nothing reaches {who}: write `notify`")
    else:
        yield Finding(
            "people",
            "notices",
            "ok",
            "all who are told have an address; to try them: warroom notify test DIR",
        )


def _secrets(deployment: Deployment, directory: Path) -> list[Finding]:
    """Whether each secret can be read in this shell."""
    found = [(place, one) for place, one in leaves(deployment) if isinstance(one, Secret)]
    lacking = []
    for place, secret in found:
        try:
            secret.reveal(directory)
        except MissingSecret as why:
            lacking.append(Finding("secret", place, "fail", f"{why}: give it to this shell"))
    return lacking or [Finding("secret", "all", "ok", f"{len(found)} can be read")]


def _journal(deployment: Deployment, directory: Path) -> Finding:
    try:
        must_be_local(directory)
        report = verify(directory, default_home(deployment.deployment))
    except (Unwritable, OSError) as error:
        return Finding("journal", "journal", "fail", str(error))
    for writer in report.writers:
        if not writer.ok:
            why = f"line {writer.line}: {writer.problem}; see: warroom journal verify DIR"
            return Finding("journal", writer.writer, "fail", why)
    entries = sum(writer.entries for writer in report.writers)
    return Finding("journal", "journal", "ok", f"{entries:,} entries verify")


def _disk(directory: Path) -> Iterator[Finding]:
    """Whether the deployment's directories take a file, and have room."""
    for folder in (directory, directory / "journal", directory / "telemetry"):
        if not folder.is_dir():
            continue
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"warroom check")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            do = "free some room there" if full else "its owner must allow it"
            why = f"{folder} cannot be written: {error.strerror}; {do}"
            yield Finding("disk", folder.name, "fail", why)
    free = shutil.disk_usage(directory).free
    said = f"{free // (1024 * 1024):,} MiB free"
    if free >= ENOUGH_BYTES:
        yield Finding("disk", "space", "ok", said)
    else:
        least = ENOUGH_BYTES // (1024 * 1024)
        yield Finding("disk", "space", "fail", f"{said}: free at least {least}")


def _feed(eye: Eye, now: float) -> Finding:
    view = eye.view()
    if view.fresh.error or view.fresh.state != "live":
        why = view.fresh.error or "gave no answer"
        remedy = "" if ";" in why else f"; check where feed {view.id} is read, or whether it runs"
        return Finding("feed", view.id, "unreached", why + remedy)
    age = span(view.fresh.age_s or 0.0)
    if view.unreadable:
        worse: Outcome = "fail" if view.much_unreadable else "warn"
        return Finding("feed", view.id, worse, view.unreadable.partition(": ")[2])
    if eye.spec.kind not in GIVE_CALLS:
        return Finding("feed", view.id, "ok", f"live, read {age} ago")
    last = eye.series.last
    if last is None:
        return Finding("feed", view.id, "warn", "answers, but has told of no call yet: send one")
    ago = span(max(0.0, now - (last + 1) * 60))
    detail = f"live, read {age} ago, the latest call is of {ago} ago"
    return Finding("feed", view.id, "ok", detail)


async def _switch(room: WarRoom) -> list[Finding]:
    """Whether the traffic switch can be read; nothing is set."""
    if room.traffic.switch is None:
        return []
    shown = await room.traffic.look()
    if isinstance(shown, str):
        return [Finding("traffic", "switch", "unreached", shown)]
    return [Finding("traffic", "switch", "ok", f"can be read; it reads {shown.words}")]


def _metrics(
    deployment: Deployment, directory: Path, picture: Picture, absent: Sequence[Absent]
) -> Iterator[Finding]:
    """Each metric has a feed that can give it, and does."""
    states = {view.id: view.fresh.state for view in picture.feeds}
    # Flags also count in the minute that runs, which no other metric has seen yet.
    whole = [one for name, one in picture.readings.items() if name != "safety-flags"]
    calls = {reading.feed: reading.n for reading in whole if reading.n}
    for rule in metric_rules():
        reading = picture.readings[rule.id]
        if rule.id == "accuracy":
            yield Finding("metric", rule.id, "ok", f"people judge it: {reading.why}")
            continue
        yield from _check(rule.id, deployment)
        feed = deployment.feed_of(rule.id)
        if lacks := missing_field(rule.id, feed, deployment):
            why = f"feed {feed.id} cannot give it: {lacks}; see: {study_of(feed, directory)}"
            yield Finding("metric", rule.id, "fail", why)
        elif states.get(feed.id) != "live":
            yield Finding(
                "metric", rule.id, "warn", f"not known while feed {feed.id} gives nothing"
            )
        else:
            found = _metric(rule.id, reading, calls.get(feed.id, 0), study_of(feed, directory))
            field = unheard(rule.id, feed.id, absent)
            if found.verdict == "ok" and field is not None and not reading.value:
                told = f"reads 0 while no record of feed {feed.id} has `{field}`"
                found = Finding("metric", rule.id, "warn", f"{told}; see feed {feed.id} {field}")
            yield found


def _check(metric: MetricId, deployment: Deployment) -> Iterator[Finding]:
    """The second source of a metric can give it."""
    override = deployment.metrics.get(metric)
    if override is not None and override.check is not None:
        lacks = missing_field(metric, deployment.feeds[override.check], deployment)
        if lacks:
            why = f"feed {override.check} cannot check it: {lacks}"
            yield Finding("metric", f"{metric} check", "fail", why)


def _metric(name: MetricId, reading: Reading, calls: int, study: str) -> Finding:
    if reading.limit is None:
        return Finding("metric", name, "fail", "has no limit: write [forecast]")
    if reading.why == NO_SAMPLE:
        told = f"feed {reading.feed} gives none: {NO_SAMPLE}; if the agent runs, see: {study}"
        return Finding("metric", name, "fail", told)
    if reading.value is None and reading.n == 0 and calls:
        why = f"feed {reading.feed} does not tell it: {reading.why}; see: {study}"
        return Finding("metric", name, "fail", why)
    told = reading.why or "nothing yet"
    if reading.value is not None and reading.unit == "s":
        told = f"{in_unit(reading.unit, reading.value)}, {told}"
    return Finding("metric", name, "ok", f"is read; now {reading.verdict}, {told}")


def missing_field(metric: MetricId, feed: Feed, deployment: Deployment | None) -> str:
    """What a feed would have to map or ask for to give `metric`; empty if nothing is missing."""
    rule = rule_of(metric)
    try:
        known = preset(feed.preset) if feed.preset else None
    except UnknownPreset as error:
        return str(error)
    fields = {*feed.fields, *(known.fields if known else ())}
    counts: set[str] = {*feed.minutes, *((*known.minutes, *known.counters) if known else ())}
    values = {*feed.values, *(known.values if known else ())}
    timed = feed.latency or (known.latency if known else "")
    if feed.kind == "sql" or metric in values or (metric == "latency-p95" and timed):
        return ""
    if feed.kind in GIVE_CALLS and not counts:
        needed = rule.fields[:1]
        if needed == (("cost",),) and deployment is not None and deployment.prices:
            needed = (*needed, *_PRICED)
        return _short("fields", needed, fields)
    if metric == "latency-p95" and feed.kind == "exposition":
        return "it has no `latency`"
    if not rule.counts:
        return f"`values` has no {metric}"
    return _short("minutes", (rule.counts,), counts)


def _short(table: str, needed: tuple[tuple[str, ...], ...], given: set[str]) -> str:
    if any(given.issuperset(one) for one in needed):
        return ""
    lacking = ", ".join(sorted(set(needed[0]) - given))
    return f"`{table}` has no {lacking}"
