"""`warroom backtest`: what the rules, triggers and gates would have done over a past log."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import msgspec

from config.load import Loaded, load
from console.cli.backtest_words import UNSEEN, tell
from console.cli.exits import DONE
from console.cli.say import patience, say, say_json
from console.clock import SystemClock
from console.domain.backtest_lint import Lint
from console.domain.backtest_set import BadSet, Variant, variants_of
from console.domain.state_rollout import Baseline
from console.domain.times import iso, iso_or_none
from console.executor.opening import OpenFailed, actor_for
from console.journal.members import members_of
from console.journal.record import WRITE_ERRORS, Record
from console.room.backtesting import Answer, Ran, Source, run_file, run_recorded, source_of
from console.room.misread import misread


def backtest(args: Namespace) -> int:
    """`warroom backtest`: 0, or 2 if the log or a key means nothing here."""
    if not 1 <= args.share <= 100:
        raise OpenFailed(f"--share {args.share}: write the percent of all traffic, 1 to 100")
    loaded = load(args.dir)
    try:
        variants = variants_of(loaded.deployment, args.set, args.share / 100)
    except BadSet as why:
        raise OpenFailed(str(why)) from None
    with patience("the log is read"):
        ran, remarks = _run(args, loaded, variants)
    if args.json:
        say_json(_as_json(args, ran, variants, remarks))
    else:
        currency = loaded.deployment.nfr.currency
        say(*tell(args.log, args.share, ran, variants, remarks, currency))
    return DONE


def _run(args: Namespace, loaded: Loaded, variants: list[Variant]) -> tuple[Ran, list[str]]:
    """The answer, and what a person should know of how the log was read."""
    deployment, share = loaded.deployment, args.share / 100
    baseline = _baseline(loaded)
    if args.log is None:
        feed = args.feed or deployment.feed_of("error-rate").id
        if feed not in deployment.feeds:
            source_of(deployment, feed)
        ran = run_recorded(
            deployment, loaded.directory, feed, variants, share=share, baseline=baseline
        )
        if not ran.answers:
            raise OpenFailed(f'nothing is recorded of feed "{feed}" yet: name a log file')
        return ran, []
    source, path = source_of(deployment, args.feed), Path(args.log)
    try:
        ran = run_file(deployment, path, source, variants, share=share, baseline=baseline)
        remarks = misread(path, source, ran.totals)
    except OSError as error:
        raise OpenFailed(f"{args.log} cannot be read: {_reason(error)}") from None
    if not ran.answers:
        raise OpenFailed(_unfit(args.log, source, ran, remarks))
    return ran, remarks


def _reason(error: OSError) -> str:
    return (error.strerror or "it failed").lower()


def _unfit(log: str, source: Source, ran: Ran, remarks: list[str]) -> str:
    by = f'the map of feed "{source.feed}"' if source.feed else "our own form"
    if not ran.lines:
        return f"{log} is empty"
    why = f": line {ran.named[0].line}: {ran.named[0].why}" if ran.named else ""
    hint = f"; {'; '.join(remarks)}" if remarks else ""
    return f"{log} does not fit {by}: none of {ran.lines:,} lines is a call{why}{hint}"


def _baseline(loaded: Loaded) -> Baseline | None:
    """What the journal knows of the existing process; None where there is no journal to read."""
    try:
        record = Record.open(
            loaded.directory,
            loaded.deployment.deployment,
            clock=SystemClock(),
            config_hash=loaded.sha256,
            actor=actor_for(loaded.deployment, ""),
            read_only=True,
            members=members_of(loaded),
        )
    except WRITE_ERRORS:
        return None
    try:
        return record.state.baseline
    finally:
        record.journal.close()


def _as_json(
    args: Namespace, ran: Ran, variants: list[Variant], remarks: list[str]
) -> dict[str, Any]:
    """Plain JSON values: times RFC 3339, lengths in seconds, ratios 0 to 1, `share` in percent."""
    span, totals = ran.span, ran.totals
    return {
        "log": {
            "file": args.log,
            "feed": ran.feed or None,
            "from": iso(span.first * 60.0),
            "to": iso((span.last + 1) * 60.0),
            "minutes": span.last + 1 - span.first,
            "minutes_without_calls": span.empty,
            "longest_gap": {"from": iso(span.gap_from * 60.0), "minutes": span.gap}
            if span.gap
            else None,
            "lines": ran.lines,
            "bad": ran.bad,
            "bad_lines": [msgspec.to_builtins(one) for one in ran.named],
            "trouble": ran.trouble,
            "repeated": ran.repeated,
            "late": span.late,
            "aside": totals.aside,
            "remarks": remarks,
        },
        "share": args.share,
        "total": {
            "calls": round(totals.calls),
            "error-rate": totals.value("error-rate"),
            "escalation-rate": totals.value("escalation-rate"),
            "latency-p95": totals.value("latency-p95"),
            "cost-per-call": totals.value("cost-per-call"),
        },
        **_answer(ran.answers[0]),
        "variants": [
            {"set": variant.changes, "looser": list(variant.looser), **_answer(answer)}
            for variant, answer in zip(variants, ran.answers[1:], strict=True)
        ],
        "lint": [_lint(one) for one in ran.lints],
        "not_looked_at": list(UNSEEN),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "alerts": [
            {
                **msgspec.to_builtins(one),
                "few_calls": one.few,
                "fired_at": iso(one.fired_at),
                "resolved_at": iso_or_none(one.resolved_at),
            }
            for one in answer.outcome.alerts
        ],
        "triggers": [
            {
                **msgspec.to_builtins(one),
                "state": one.state,
                "since": iso(one.since),
                "at": iso_or_none(one.at),
                "until": iso_or_none(one.until),
            }
            for one in answer.outcome.raised
        ],
        "gates": [
            {
                "phase": gate.phase,
                "verdict": gate.verdict,
                "dwell_s": gate.dwell_s,
                "length_s": gate.length_s,
                "criteria": [msgspec.to_builtins(one) for one in gate.criteria],
            }
            for gate in answer.gates
        ],
    }


def _lint(one: Lint) -> dict[str, Any]:
    expected = one.expected
    threshold = expected.threshold
    return {
        "key": one.key,
        "rule": threshold.name,
        "limit": threshold.limit,
        "window_s": threshold.window * 60,
        "calls": expected.calls,
        "step": expected.step,
        "needed": expected.needed,
        "finer": expected.finer,
        "beyond": expected.beyond,
        "own_rate": expected.own_rate,
        "assumed_rate": expected.assumed,
        "false_alarms_48h": expected.false_alarms,
    }
