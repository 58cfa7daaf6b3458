"""`warroom rollback` and `warroom suspend`: the kill switch without a screen, quick to start."""

import asyncio
import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

import msgspec

from config.load import Loaded
from config.model import Deployment
from config.rollback import Step
from console.clean import clean
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, say_json, say_now, warn
from console.clock import Clock, SystemClock, clock_for
from console.domain.entry import Actor
from console.domain.events_rollback import FrozenStep
from console.domain.order import Order, SuspensionOrder
from console.domain.refused import Refused
from console.domain.state_rollback import Rollback, fired_too_words
from console.domain.times import iso_or_none, stamp
from console.executor.aftermath import EXECUTOR
from console.executor.forked import News, carried_out
from console.executor.handover import Fired, Prepared
from console.executor.lastgood import load_or_last_good
from console.executor.live import Answered, Attach, NotRunning, ask, follow, live_name
from console.executor.lock import ROLLBACK, RunLock
from console.executor.opening import OpenFailed, actor_for
from console.executor.run import (
    Run,
    freeze,
    missing_secrets,
    new_id,
    no_suspension,
    on_record,
    values_of,
    way_back,
)
from console.journal import Unwritable
from console.journal.members import members_of
from console.journal.record import Record

# How long somebody else is waited for who goes on with it.
GONE_ON_S = 5.0
LOOK_AGAIN_S = 0.3


def rollback(args: Namespace) -> int:
    """`warroom rollback`: 0 verified, 1 partial, unknown or refused."""
    loaded = _loaded(args)
    if args.answer:
        return _answer(loaded, args)
    if args.follow:
        return _tell(args, _followed(loaded, ROLLBACK))
    if not (args.fire or args.resume):
        if RunLock(loaded.directory).taken():
            follow_it = f"warroom rollback {quote(str(args.dir))} --follow"
            raise Refused(f"a rollback runs here now: {follow_it} shows it")
        return _show(loaded)
    actor, clock = _actor(loaded.deployment, args), _clock(loaded)
    why, calls = clean(args.why, 2000), tuple(args.call)
    name = new_id(loaded.deployment, clock.now())
    order = Order(name, args.trigger, why, actor, loaded.sha256, calls=calls)
    if args.resume:
        return _fire(loaded, *_resumed(loaded, order), args)
    return _fire(loaded, _prepared(loaded), Fired(order), args)


def suspend(args: Namespace) -> int:
    """`warroom suspend`: as `rollback`, for one tool or the whole agent."""
    loaded = _loaded(args)
    specs = loaded.deployment.suspensions
    spec = next((s for s in specs if s.id == args.suspension), None)
    if spec is None:
        if args.suspension:
            raise Refused(no_suspension(args.suspension, loaded.deployment))
        for one in specs:
            say(f"{one.id}: {one.title}")
        if not specs:
            say("No suspension is declared: write [[suspensions]] in warroom.toml.")
        return REFUSED
    frozen = freeze(spec.steps, values_of(loaded.deployment))
    if args.answer:
        return _answer(loaded, args, spec.id)
    if args.follow:
        return _tell(args, _followed(loaded, spec.id))
    if not args.fire:
        say(f"This would carry out: {spec.title}.")
        _show_steps(loaded, spec.steps, frozen)
        return REFUSED
    actor, clock = _actor(loaded.deployment, args), _clock(loaded)
    order = SuspensionOrder(
        f"su-{spec.id}-{stamp(clock.now())}",
        spec.id,
        spec.title,
        clean(args.why, 2000),
        actor,
        frozen,
        spec.users,
    )
    return _fire(loaded, _prepared(loaded), Fired(order), args)


def _place(loaded: Loaded) -> str:
    return live_name(loaded.deployment.deployment, loaded.directory)


def _loaded(args: Namespace) -> Loaded:
    loaded, trouble = load_or_last_good(args.dir)
    if trouble:
        warn(trouble)
    return loaded


def _actor(deployment: Deployment, args: Namespace) -> Actor:
    """Who fires; a name that is not in the config does not keep anybody from it."""
    who = str(args.who) or os.environ.get("WARROOM_AS", "")
    try:
        return actor_for(deployment, who)
    except OpenFailed as error:
        warn(f"{error}; it is recorded under that name without a role")
        return Actor(clean(who, 200))


def _clock(loaded: Loaded) -> Clock:
    try:
        return clock_for(loaded.directory)
    except (OSError, ValueError, KeyError) as error:
        warn(f"the demo's clock cannot be read ({type(error).__name__})")
        return SystemClock()


def _resumed(loaded: Loaded, order: Order) -> tuple[Prepared, Fired]:
    """What goes on with the run that was broken off: as it was fired, if that was kept."""
    from console.executor.kept import kept

    found = kept(loaded.deployment.deployment, loaded.directory)
    if found is None or found.outcome:
        return _prepared(loaded), Fired(order, resume=True)
    return found.prepared, found.gone_on_with


def _prepared(loaded: Loaded) -> Prepared:
    return Prepared(str(loaded.directory.absolute()), loaded.raw, loaded.sha256)


def _fire(loaded: Loaded, prepared: Prepared, fired: Fired, args: Namespace) -> int:
    """Fire in a process of its own, and tell how it goes until it is over."""
    news = carried_out(prepared, fired)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _go_on)
    try:
        return _tell(args, _heard(loaded, fired, news))
    finally:
        if loaded.deployment.signing.members:
            from console.cli.signing_rest import sign_rest

            sign_rest(loaded, _clock(loaded), news)


def _go_on(*_: object) -> None:
    warn("the rollback goes on by itself, whatever becomes of this command; ctrl+\\ leaves it")


def _heard(loaded: Loaded, fired: Fired, news: Iterable[News]) -> Iterable[Run]:
    """The run as the child tells of it, or another process that was there before or goes on."""
    last: Run | None = None
    for said in news:
        if said.run is not None:
            _tell_elsewhere(last, said.run)
            last = said.run
            yield last
        elif said.told is not None and said.told.answer == "refused":
            raise Refused(said.told.why)
        elif said.told is not None and said.told.answer == "running":
            name = ROLLBACK
            order = fired.order
            if isinstance(order, Order):
                warn("a rollback runs already: attached to it")
                with suppress(NotRunning):
                    request = Attach(order.actor, order.trigger, order.why, order.calls)
                    if why := asyncio.run(ask(_place(loaded), ROLLBACK, request)):
                        warn(f"{order.trigger} is not on record: {why}")
            else:
                name = order.suspension
            yield from _followed(loaded, name)
            return
    if last is not None and last.state == "running" and isinstance(fired.order, Order):
        yield from _ended(loaded, last)


def _tell_elsewhere(last: Run | None, run: Run) -> None:
    """Say so when another machine's run is attached to, and when it is gone on with here."""
    was = last.runner if last is not None else ""
    if run.runner and not was:
        by = f", fired by {clean(run.by, 200)}" if run.by else ""
        warn(f"a rollback runs already on {clean(run.runner, 100)}{by}: attached to it")
    elif was and not run.runner:
        warn(f"nothing more was heard from {clean(was, 100)}: gone on with here")


def _ended(loaded: Loaded, last: Run) -> Iterable[Run]:
    """How it goes on where its process is gone before its end, or told no more of it."""
    clock = _clock(loaded)
    end = clock.monotonic() + GONE_ON_S
    while last.state == "running" and clock.monotonic() < end:
        with suppress(Refused):
            for run in _followed(loaded, ROLLBACK):
                last, end = run, clock.monotonic() + GONE_ON_S
                yield run
        held = _on_record(loaded, clock)
        if last.state == "running" and held is not None and held.id == last.id:
            last = on_record(held, last.budget_s, clock.monotonic(), last.fallback)
            if last.state != "running":
                yield last
        threading.Event().wait(LOOK_AGAIN_S)


def _on_record(loaded: Loaded, clock: Clock) -> Rollback | None:
    """The last rollback as the journal tells it, if it can be read."""
    try:
        record = Record.open(
            loaded.directory,
            loaded.deployment.deployment,
            clock=clock,
            config_hash=loaded.sha256,
            actor=EXECUTOR,
            read_only=True,
            members=members_of(loaded, asks=False),
        )
    except (Unwritable, OSError, ValueError):
        return None
    record.journal.close()
    return record.state.rollback


def _followed(loaded: Loaded, name: str) -> Iterable[Run]:
    """The run that a process of this machine carries out, as it goes."""
    with asyncio.Runner() as runner:
        runs = follow(_place(loaded), name)
        try:
            while True:
                yield runner.run(anext(runs))
        except StopAsyncIteration:
            return
        except NotRunning as error:
            raise Refused(str(error)) from None
        finally:
            runner.run(runs.aclose())


def _tell(args: Namespace, runs: Iterable[Run]) -> int:
    """Tell each step as it ends, and the outcome; 0 if it is verified."""
    last: Run | None = None
    told: dict[str, str] = {}
    for run in runs:
        last = run
        for step in run.steps:
            if told.get(step.id) != step.state and step.state != "waiting" and not args.json:
                told[step.id] = step.state
                with suppress(OSError):
                    say_now(f"  {step.state:9} {step.title}  {step.detail}")
                    if step.state == "asked":
                        say_now(f"            say it: {_how_to_answer(run, args)} {step.id}=done")
        if run.state != "running":
            break
    if last is None or last.state == "running":
        raise Refused(
            "the process that carried it out is gone: nobody can say how far it came; go on with "
            f"it by: warroom rollback {args.dir} --resume"
        )
    with suppress(OSError):
        if args.json:
            say_json(run_of(last))
        else:
            say(*_report(last))
        sys.stdout.flush()
    return DONE if last.state == "verified" else REFUSED


def _how_to_answer(run: Run, args: Namespace) -> str:
    """The command that answers what a step asks; `=again` and `=not-done` do so too."""
    name, _, suspension = run.attempt.partition("/")
    what = f"suspend {args.dir} {name}" if suspension else f"rollback {args.dir}"
    return f"warroom {what} --answer"


def _answer(loaded: Loaded, args: Namespace, name: str = ROLLBACK) -> int:
    step, _, answer = args.answer.rpartition("=")
    if answer not in {"done", "again", "not-done"} or not step:
        raise OpenFailed("--answer is STEP=done, STEP=again or STEP=not-done")
    actor = _actor(loaded.deployment, args)
    request = Answered(actor, step, answer, clean(args.why, 500))
    try:
        why = asyncio.run(ask(_place(loaded), name, request))
    except NotRunning as error:
        raise Refused(str(error)) from None
    if why:
        raise Refused(why)
    say(f"{step}: {answer}, taken.")
    return DONE


def _show(loaded: Loaded) -> int:
    deployment = loaded.deployment
    way = way_back(deployment, "")
    back = deployment.rollback
    say(f"This would restore {way.target}. Owner: {_person(deployment, back.owner)}.")
    for name in back.deputy:
        say(f"Deputy: {_person(deployment, name)}.")
    _show_steps(loaded, way.steps, way.frozen)
    for phase, own in back.procedures.items():
        titles = "; ".join(step.title for step in own.steps)
        say(f"From {phase} to {way_back(deployment, phase).target}: {titles}")
    return REFUSED


def _show_steps(loaded: Loaded, steps: tuple[Step, ...], frozen: tuple[FrozenStep, ...]) -> None:
    for number, step in enumerate(frozen, 1):
        say(f"  {number}. {step.title}  by hand: {step.manual}")
    if not steps:
        say("  no step is configured: write [[rollback.steps]] in warroom.toml")
    for lacking in missing_secrets(loaded.deployment, steps, Path(loaded.directory)):
        say(f"  missing: {lacking}")
    say("Nothing was done. Do it with --fire.")


def _person(deployment: Deployment, name: str) -> str:
    person = deployment.person(name)
    if person is None:
        return name
    return ", ".join(filter(None, (person.name, person.phone, person.available)))


def run_of(run: Run) -> dict[str, Any]:
    """A run as plain JSON values, with its five times."""
    times = msgspec.to_builtins(run.times)
    return {
        "id": run.id,
        "outcome": run.state,
        "trigger": run.trigger,
        "target": run.target,
        "why": run.why,
        "seconds": None if run.ended is None else round(run.ended - run.started, 3),
        "times": {name: iso_or_none(at) for name, at in times.items()},
        "metric": run.metric,
        "metric_why": run.metric_why,
        "steps": [msgspec.to_builtins(step) for step in run.steps],
        "notices": run.notices,
        "attached": [msgspec.to_builtins(one) for one in run.attached],
        "fallback": run.fallback,
        "unjournalled": run.unjournalled,
    }


def _report(run: Run) -> list[str]:
    what = f"rollback {run.id} to {run.target}" if run.kind == "rollback" else run.title
    lines = [f"{what}: {run.state.upper()}, {run.why}"]
    if run.metric != "none":
        lines.append(f"  the trigger's metric: {run.metric_why}")
    lines += [f"  {clean(fired_too_words(one), 500)}" for one in run.attached]
    for step in run.left:
        lines.append(f"  {step.state:9} {step.title}  {step.detail}")
        lines.append(f"            by hand: {step.manual}")
    if run.state != "verified" and run.fallback:
        lines.append(f"  until then: {run.fallback}")
    if run.unjournalled:
        lines.append(f"  UNJOURNALED: {run.unjournalled}")
    return lines
