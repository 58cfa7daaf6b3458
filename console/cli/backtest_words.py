"""A backtest in sentences and tables that fit 80 columns."""

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from console.cli.look import CRITERION_MARKS
from console.domain.backtest_gates import UNTOLD, PhaseGate
from console.domain.backtest_lint import Lint
from console.domain.backtest_lives import Fired, Raised
from console.domain.backtest_set import Variant
from console.domain.extra_rules import said
from console.domain.readings import ENOUGH
from console.domain.times import iso, span
from console.room.backtesting import Answer, Ran

WIDTH = 79
MOST_LISTED = 12
_NAME = 26

UNSEEN = (
    "watch:one-source, watch:override and watch:huge-call, which look at single calls",
    "early warnings and second sources (check)",
)
"""What the watch does beside and no backtest does."""


def tell(
    log: str | None,
    share: int,
    ran: Ran,
    variants: Sequence[Variant],
    remarks: Sequence[str],
    currency: str,
) -> list[str]:
    """All that a person reads, in lines. `share` is the percent of the traffic that it is for."""
    now = ran.answers[0]
    end = (ran.span.last + 1) * 60.0
    return [
        *_heading(log, share, ran, remarks),
        "",
        *_total(ran, currency),
        "",
        *_alerts(now.outcome.alerts, end),
        "",
        *_triggers(now.outcome.raised, end),
        "",
        *_gates(now.gates),
        *(["", *_variants(ran.answers, variants, end)] if variants else []),
        "",
        *_lints(ran.lints),
        "",
        *_wrapped(f"NOT LOOKED AT  {'; '.join(UNSEEN)}", ""),
    ]


def _heading(log: str | None, share: int, ran: Ran, remarks: Sequence[str]) -> Iterator[str]:
    held, calls = ran.span, f"{ran.totals.calls:,.0f} calls"
    begin, end = held.first * 60.0, (held.last + 1) * 60.0
    name = f"what is recorded of feed {ran.feed}" if log is None else log
    by = f', read by the map of feed "{ran.feed}"' if ran.feed else ", read as our own form"
    yield from _wrapped(f"{name}: {calls}{by if log is not None else ''}", "")
    yield f"  {iso(begin)} to {iso(end)}, {span(end - begin)}"
    at = f"at {share} %" if share < 100 else "at full traffic; --share 5: as at 5 % of it"
    yield f"  limits on traffic and spend as {at}"
    if held.empty:
        gap = f"{span(held.gap * 60)} from {iso(held.gap_from * 60.0)}"
        yield from _wrapped(
            f"{held.empty:,} minutes without a call, the longest stretch {gap}: "
            "taken for no traffic, and blind if calls were lost"
        )
    if ran.bad:
        named = "; ".join(f"line {one.line}: {one.why}" for one in ran.named)
        yield from _wrapped(f"{ran.bad:,} of {ran.lines:,} lines could not be read: {named}")
    if ran.trouble:
        yield from _wrapped(f"{ran.trouble}: what follows is left out")
    if ran.repeated:
        yield f"  {ran.repeated:,} calls were there twice and count once"
    if ran.totals.aside:
        yield f"  {ran.totals.aside:,} synthetic and control calls do not count"
    if held.late:
        yield from _wrapped(
            f"{held.late:,} calls come over two hours out of order: they are in the totals, "
            "and in no alert, trigger or window; sort the log by time to have them there"
        )
    for remark in remarks:
        yield from _wrapped(f"look at: {remark}")


def _total(ran: Ran, currency: str) -> Iterator[str]:
    totals = ran.totals
    shown = (
        ("calls", f"{totals.calls:,.0f}"),
        ("errors", _value("error-rate", totals.value("error-rate"))),
        ("escalations", _value("escalation-rate", totals.value("escalation-rate"))),
        ("p95", _value("latency-p95", totals.value("latency-p95"))),
        (f"{currency}/call", _value("cost-per-call", totals.value("cost-per-call"))),
    )
    yield "TOTAL     " + "".join(f"{name:>14}" for name, _ in shown)
    yield "          " + "".join(f"{value:>14}" for _, value in shown)


def _value(metric: str, value: float | None) -> str:
    return "not told" if value is None else said(metric, value)


def _alerts(alerts: Sequence[Fired], end: float) -> Iterator[str]:
    if not alerts:
        yield "ALERTS    none would have fired"
        return
    few = [one for one in alerts if one.few]
    enough = [one for one in alerts if not one.few]
    head = f"ALERTS    {_times(len(alerts))} would have fired"
    if few:
        yield f"{head}, {len(few):,} of them on few calls"
        if enough:
            yield from _wrapped(f"on {ENOUGH} calls or more: {_by_rule(enough)}")
        yield from _wrapped(
            f"on fewer: {_by_rule(few)}; the console fires these too, for over a limit is a breach "
            "at any number of calls"
        )
    else:
        yield from _wrapped(f"{head}: {_by_rule(alerts)}", "")
    yield from _capped(
        [
            f"▲ {one.rule:16} {iso(one.fired_at)}  {_lasting(one.fired_at, one.resolved_at, end)}"
            f"{', few calls' if one.few else ''}\n{_broken(one)}"
            for one in (*enough, *few)
        ]
    )


def _by_rule(alerts: Sequence[Fired]) -> str:
    each = Counter(one.rule for one in alerts).most_common()
    return ", ".join(f"{rule} {count:,}" for rule, count in each)


def _broken(one: Fired) -> str:
    if one.value is None or one.limit is None or one.rule.startswith(("rule:", "watch:")):
        return one.why
    value, limit = said(one.rule, one.value), said(one.rule, one.limit)
    return f"{value}, {_calls(one.n)}, limit {limit}"


def _calls(n: int) -> str:
    return "1 call" if n == 1 else f"{n:,} calls"


def _lasting(since: float, until: float | None, end: float) -> str:
    return f"until the end, {span(end - since)}" if until is None else f"for {span(until - since)}"


def _times(n: int) -> str:
    return "1 alert" if n == 1 else f"{n:,} alerts"


def _triggers(raised: Sequence[Raised], end: float) -> Iterator[str]:
    if not raised:
        yield "TRIGGERS  none would have been true"
        return
    true = sum(one.at is not None for one in raised)
    possible = len(raised) - true
    more = f"; {possible:,} only possible, by too few calls or too short" if possible else ""
    yield from _wrapped(f"TRIGGERS  {true:,} would have been true{more}", "")
    first = sorted(raised, key=lambda one: one.at is None)
    yield from _capped([_trigger(one, end) for one in first])


def _trigger(one: Raised, end: float) -> str:
    metric = "spend-rate" if one.id == "cost-runaway" else one.id
    mark = "?" if one.at is None else "▲"
    at = one.since if one.at is None else one.at
    state = "possible only" if one.at is None else _lasting(at, one.until, end)
    told = f"{said(metric, one.value)}, {_calls(one.n)}, limit {said(metric, one.limit)}"
    return f"{mark} {one.id:16} {iso(at)}  {state}\n{told}, at worst {said(metric, one.worst)}"


def _capped(entries: Sequence[str]) -> Iterator[str]:
    for entry in entries[:MOST_LISTED]:
        first, _, rest = entry.partition("\n")
        yield f"  {first}"
        yield from _wrapped(rest, "      ")
    if len(entries) > MOST_LISTED:
        yield f"  and {len(entries) - MOST_LISTED:,} more; --json has them all"


def _gates(gates: Sequence[PhaseGate]) -> Iterator[str]:
    yield "GATES     as if an attempt had been this log"
    for gate in gates:
        words = {"met": "met", "not-met": "not met", "unknown": "unknown"}[gate.verdict]
        short = "" if gate.dwell else f"; the log is shorter than the dwell of {span(gate.dwell_s)}"
        yield f"  {CRITERION_MARKS[gate.verdict]} {gate.phase}: {words}{short}"
        for one in gate.criteria:
            yield from _wrapped(f"{CRITERION_MARKS[one.verdict]} {one.id}: {one.why}", "      ")
    yield from _wrapped(f"no log of calls tells of: {', '.join(UNTOLD)}")


def _variants(answers: Sequence[Answer], variants: Sequence[Variant], end: float) -> Iterator[str]:
    yield (
        f"{'VARIANTS':{_NAME + 2}} {'alerts':>6} {'on few':>6} {'firing':>8} {'triggers':>8}"
        "  first alert"
    )
    base = answers[0]
    yield from _row("as in force", base, end)
    for variant, answer in zip(variants, answers[1:], strict=True):
        yield from _row(variant.name, answer, end)
        for line in (*_apart(base, answer, end), *variant.looser):
            yield from _wrapped(line, "      ")


def _row(name: str, answer: Answer, end: float) -> Iterator[str]:
    alerts = answer.outcome.alerts
    few = sum(one.few for one in alerts)
    true = sum(one.at is not None for one in answer.outcome.raised)
    first = iso(min(one.fired_at for one in alerts))[:16] + "Z" if alerts else "none"
    firing = _span(_firing(alerts, end)) if alerts else "-"
    if len(name) > _NAME:
        yield from _wrapped(name)
        name = ""
    yield f"  {name:{_NAME}} {len(alerts):>6,} {few:>6,} {firing:>8} {true:>8,}  {first}"


def _firing(alerts: Sequence[Fired], end: float) -> float:
    return sum((end if a.resolved_at is None else a.resolved_at) - a.fired_at for a in alerts)


def _span(seconds: float) -> str:
    return span(seconds).replace(" ", "")


def _apart(base: Answer, answer: Answer, end: float) -> Iterator[str]:
    """What is otherwise than with the thresholds in force, rule by rule."""
    before = Counter(one.rule for one in base.outcome.alerts)
    after = Counter(one.rule for one in answer.outcome.alerts)
    for rule in sorted(before | after):
        if before[rule] != after[rule]:
            yield f"{rule}: {_times(after[rule])} instead of {before[rule]:,}"
            continue
        lasted, lasts = (
            _firing([a for a in one.outcome.alerts if a.rule == rule], end)
            for one in (base, answer)
        )
        if lasted != lasts:
            yield f"{rule}: firing {span(lasts)} instead of {span(lasted)}"
    true, is_true = (
        Counter(t.id for t in one.outcome.raised if t.at is not None) for one in (base, answer)
    )
    for name in sorted(true | is_true):
        if true[name] != is_true[name]:
            yield f"trigger {name}: true {is_true[name]:,} times instead of {true[name]:,}"
    for held, gate in zip(base.gates, answer.gates, strict=True):
        if held.verdict != gate.verdict:
            yield f"gate of {gate.phase}: {gate.verdict} instead of {held.verdict}"


def _lints(lints: Sequence[Lint]) -> Iterator[str]:
    yield "LINT      what this volume can resolve, and false alarms to expect in 48 h"
    for one in lints:
        held = one.expected
        doubtful = held.finer or held.silent or held.beyond or held.false_alarms >= 1
        yield from _wrapped(f"{'▲' if doubtful else '✓'} {lint_words(one)}")
    if not lints:
        yield "  no threshold on a share of calls has calls behind it"
    else:
        yield from _wrapped(
            "drawn anew 24 times on the log's own arrivals, looked at every minute; calls that "
            "fail together make fewer and longer alarms"
        )
    yield from _wrapped(
        "money, traffic and flags are no shares of calls: nothing is drawn for them"
    )


def lint_words(one: Lint) -> str:
    """A threshold's resolution and false alarms in a sentence."""
    expected = one.expected
    held, calls = expected.threshold, expected.calls
    window = "h" if held.window == 60 else span(held.window * 60)
    limit = f"{held.limit:g} s" if held.p95 else f"{held.limit * 100:g} %"
    single, several = _BAD[held.metric]
    if expected.silent:
        means = f"it asks for {held.least} calls and can only be possible"
    elif expected.finer:
        means = f"one {single} is {expected.step * 100:.2g} %, finer than the volume can resolve"
    else:
        means = f"{expected.needed:,} {several} break it"
    rate = f"{expected.assumed * 100:.2g} % of {several}"
    if expected.assumed == expected.own_rate:
        whose = f"the log's own {rate}"
    elif expected.beyond and expected.own_rate:
        own = f"{expected.own_rate * 100:.2g} %"
        whose = f"half of what is allowed, {rate} (the log's own {own} is beyond it)"
    else:
        whose = f"half of what is allowed, {rate} (the log has none)"
    return (
        f"{held.name} > {limit} at {calls:,} calls/{window}: {means}; "
        f"{_about(expected.false_alarms)} at {whose}"
    )


_BAD = {
    "error-rate": ("failed call", "failed calls"),
    "escalation-rate": ("escalation", "escalations"),
    "latency-p95": ("slower call", "slower calls"),
}


def _about(alarms: float) -> str:
    if alarms < 0.05:
        return "expect no false alarm"
    shown = f"{alarms:.0f}" if alarms >= 3 else f"{alarms:.1f}"
    return f"expect about {shown} false alarms in 48 h"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    """Lines of at most `WIDTH`; a number keeps its percent sign."""
    held = text.replace(" %", "\N{NO-BREAK SPACE}%")
    lines = wrap(
        held, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
