"""What `warroom init` asks on a terminal: only what must be known, each with its reason."""

import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from config.guide import Role
from config.load import ConfigError
from config.template import CONTEXT
from config.write import InitAnswers, initial
from console.cli.asking import Wrong, ask, one_of, some_of, text
from console.cli.endpoint import Table, calls
from console.cli.say import say, wrapped
from console.cli.store import beside, store

Exposure = Literal["customer-facing", "internal"]
COMPLEX = "complex_b2b"
_FLAGS = {key.name: key.says for key in CONTEXT if key.name not in {"exposure", "workflow"}}
_ROLES: Mapping[Role, str] = {
    "agent-lead": "answers for the agent: reads its outputs, decides at gates",
    "tech-lead": "is told of errors and latency, and looks within 15 minutes",
    "rollback-owner": "may roll back alone, without asking anybody (Guide 3.3)",
}
_PERSON = (
    "Who is called, and told: a name, and with commas a phone and an address (an Apprise URL, or "
    "env:VARIABLE that holds it), such as: agent lead, +44 20 7946 0000, env:LEAD_NOTIFY. Phone "
    "and address may wait; back asks for the one before again."
)


def interview(args: Namespace) -> InitAnswers:
    """The answers to all that no flag gave. Raises `EOFError`; nothing is written meanwhile."""
    say("A few questions. Enter takes what stands in [ ]; all can be changed in the file.")
    answers = InitAnswers(name="agent", version="v1", exposure="customer-facing")
    answers = _given(answers, args)
    if not args.name:
        why = "Every screen, notice and report says which agent it is about."
        answers = ask("The agent's name", _checked(answers, "name"), why=why)
    if not args.context:
        why = (
            "customer-facing or internal. For customers more of the checklist is a hard gate: "
            "governance, load, security."
        )
        kinds = ("customer-facing", "internal")
        exposure = ask("Whom it serves", one_of(kinds), why=why, default=kinds[0])
        answers = replace(answers, exposure=cast("Exposure", exposure))
    answers = _flags(answers)
    feeds: dict[str, Table] = {}
    log = calls(args.logs)
    if log is not None:
        feeds["calls"] = log.feed
    counted = store(args.prometheus, answers.name)
    if counted is not None:
        feeds["prometheus"] = counted.feed
    answers = replace(answers, feeds=feeds, metrics=beside(log, counted))
    if not args.agent_version:
        why = "From GO on a call of any other version holds every gate."
        version = (log.version if log else "") or "v1"
        question = "The version (config tag) that goes live"
        answers = ask(question, _checked(answers, "version"), why=why, default=version)
    if not args.stable_version:
        why = "What a rollback goes back to; none: the process that ran before the agent."
        stable = (log.stable if log else "") or "none"
        question = "The version a rollback restores"
        answers = ask(question, _checked(answers, "stable_version"), why=why, default=stable)
    say("", *wrapped(_PERSON, ""))
    return _people(answers)


def _people(answers: InitAnswers) -> InitAnswers:
    """Who holds each role; what was given before is offered when it is asked again."""
    roles, place = list(_ROLES), 0
    while place < len(roles):
        role = roles[place]
        usual = role.replace("-", " ")
        why = f"The {usual} {_ROLES[role]}."
        default = answers.people.get(role, usual)
        given = ask("Who is it", _person(answers, role), why=why, default=default)
        answers, place = (answers, max(0, place - 1)) if given is None else (given, place + 1)
    return answers


def _given(answers: InitAnswers, args: Namespace) -> InitAnswers:
    """What flags said. Raises `ConfigError` if it will not do."""
    said = {
        "name": args.name,
        "exposure": args.context,
        "version": args.agent_version,
        "stable_version": args.stable_version,
        "platform": args.platform,
    }
    made = replace(answers, **{key: value for key, value in said.items() if value})
    initial(made)
    return made


def _checked(answers: InitAnswers, key: str) -> Callable[[str], InitAnswers]:
    """Reads `key` of the answers as the config takes it."""

    def read(answer: str) -> InitAnswers:
        if key == "name" and not answer:
            raise Wrong("it needs a name")
        return _taken(answers, **{key: text(answer)})

    return read


def _taken(answers: InitAnswers, **change: Any) -> InitAnswers:
    """The answers with a change that loads. Raises `Wrong`."""
    made = replace(answers, **change)
    try:
        initial(made)
    except ConfigError as error:
        raise Wrong(error.problems[0]) from None
    return made


def _flags(answers: InitAnswers) -> InitAnswers:
    fitting = {
        name: says
        for name, says in _FLAGS.items()
        if name != "compliance_implications" or answers.exposure == "internal"
    }
    fitting[COMPLEX] = "a complex B2B workflow: p95 within 10 s, else 3 s"
    said = [f"  {name:24} {says}" for name, says in fitting.items()]
    why = "\n".join(["Each of these that holds opens or closes gates:", *said])
    question = "Which hold, with commas between"
    held = ask(question, some_of(list(fitting)), why=why, default="none")
    return replace(
        answers,
        flags=[name for name in held if name != COMPLEX],
        workflow="complex-b2b" if COMPLEX in held else "saas",
    )


def _person(answers: InitAnswers, role: Role) -> Callable[[str], InitAnswers | None]:
    """Reads who holds a role: a name, then a phone and addresses in any order; None for `back`."""

    def read(answer: str) -> InitAnswers | None:
        if answer.strip().lower() == "back":
            return None
        name, *rest = (part.strip() for part in answer.split(","))
        if not any(map(str.isalpha, name)):
            raise Wrong(f'"{name}" is no name: begin with it, then a comma and the phone')
        keys: dict[str, Any] = dict(answers.contacts.get(name, {}))
        for part in rest:
            if re.fullmatch(r"\+?[0-9][0-9 ()/.-]*", part):
                keys["phone"] = part
            elif part.startswith("env:"):
                keys["notify"] = [*keys.get("notify", ()), {"env": part.removeprefix("env:")}]
            elif "://" in part:
                keys["notify"] = [*keys.get("notify", ()), part]
            elif part:
                raise Wrong(f'"{part}" is neither a phone number, nor env:NAME, nor a URL')
        contacts = {**answers.contacts, name: keys} if keys else answers.contacts
        people = {**answers.people, role: name}
        return _taken(answers, people=people, contacts=contacts)

    return read
