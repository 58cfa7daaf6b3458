"""What can be done about a checklist item, from any screen that shows one."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from console.clean import clean
from console.domain.checklist import ItemStatus
from console.domain.commands import (
    AcceptItem,
    AnswerPoll,
    ConfirmEscalationTest,
    ConfirmItem,
    OpenPoll,
    PlanItem,
    WithdrawAnswer,
)
from console.domain.events import Evidence
from console.domain.poll import waiting
from console.domain.refused import Refused
from console.domain.state import Confirmation, State
from console.evidence import evidence_from
from console.screens.base import RoomScreen
from console.screens.dialogs import Ask, Choose
from console.screens.moments import moment_text
from console.screens.probe import ProbeDialog

PLAN = "who by day: what is done about it, such as: tech lead by 2026-12-03: injection tests"


class ItemScreen(RoomScreen):
    """A screen with one item at hand: confirm it, plan it, leave it open; hold the poll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "confirm", "Confirm", id="item.confirm", tooltip="confirm it with evidence"),
        Binding("p", "plan", "In progress", id="item.plan", tooltip="who resolves it, by when"),
        Binding("r", "record", "For another", id="item.record", show=False,
                tooltip="record another role's written confirmation"),
        Binding("l", "accept", "Stays open", id="item.accept", show=False,
                tooltip="leave a recommended item open, for a reason"),
        Binding("t", "probe", "Probe", id="item.probe", show=False,
                tooltip="run the item's live check, or confirm that a test's notice arrived"),
        Binding("v", "poll", "GO/NO-GO", id="poll.hold", tooltip="open the poll, or answer it"),
    ]  # fmt: skip

    @abstractmethod
    def item(self) -> ItemStatus | None:
        """The item at hand."""

    def action_confirm(self) -> None:
        """Ask for the evidence and confirm the item for the operator's own roles."""
        status = self.item()
        if status is not None:
            self._confirm(status)

    def _confirm(self, status: ItemStatus, role: str = "", person: str = "") -> None:
        item, directory = status.item, self.room.directory

        def confirm(text: str) -> ConfirmItem:
            return ConfirmItem(item.id, evidence_from(text, directory), role, person)

        asked = f"{item.confirm}\n\nGood evidence: {item.evidence}"
        title = f"Confirm: {item.title}"
        if person:
            title = f"{title}, for {clean(person, 40)} as {role}"
            asked += "\n\nTheir written confirmation: a mail's file, or where it is kept."
        asked += "\n\nEvidence: words of substance, a URL, or a file's path."
        self.console_app.ask(title, asked, confirm)

    def action_record(self) -> None:
        """Record what another role confirmed in writing."""
        status = self.item()
        if status is None:
            return
        people = self.room.deployment.people
        options = [
            (f"{role}\n{person.name}", f"{role}: {clean(person.name, 40)}")
            for role in status.missing
            for person in people
            if role in person.roles
        ]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                role, _, person = answer.partition("\n")
                self._confirm(status, role, person)

        if options:
            self.app.push_screen(Choose("Whose written confirmation is it?", options), chosen)
        else:
            self.console_app.say(f"{status.item.id} waits for nobody's confirmation")

    def action_plan(self) -> None:
        """Ask who resolves the item, and by when (Guide 1.2)."""
        status = self.item()
        if status is not None:
            item = status.item.id
            self.console_app.ask(f"In progress: {status.item.title}", PLAN.capitalize(),
                                 lambda text: plan_from(item, text))  # fmt: skip

    def action_accept(self) -> None:
        """Ask why a recommended item may stay open."""
        status = self.item()
        if status is not None and status.hard:
            why = f"{status.item.id} is a hard gate here: it is met, or the date moves (Guide 1.2)"
            self.console_app.say(why, wrong=True)
        elif status is not None:
            item = status.item.id
            self.console_app.ask(f"Stays open: {status.item.title}", "Why may it stay open?",
                                 lambda text: AcceptItem(item, text))  # fmt: skip

    def action_probe(self) -> None:
        """Run the item's live check; a reviewer confirms the receipt of a test here."""
        mine = self.room.actor.name
        path = self.room.deployment.escalation
        backup = path.backup if path is not None else None
        waits = [
            test
            for test in self.room.state.escalation_tests.values()
            if test.received_at is None and mine in {test.reviewer, backup}
        ]
        if waits:
            self.console_app.carry_out(ConfirmEscalationTest(waits[-1].code))
            return
        status = self.item()
        if status is None or not status.item.probe:
            self.console_app.say("no live check yields evidence for this item")
            return
        item, name = status.item.id, status.item.probe

        def use(passed: bool | None) -> None:
            if passed:
                self.console_app.carry_out(ConfirmItem(item, Evidence("probe", name)))

        def read(text: str | None) -> None:
            if text is not None:
                self.app.push_screen(ProbeDialog(self.room, name, Path(text).expanduser()), use)

        if name == "load":
            asked = "The file that k6, Locust or hey wrote:"
            self.app.push_screen(Ask("Load test's result", asked), read)
        else:
            self.app.push_screen(ProbeDialog(self.room, name, None), use)

    def action_poll(self) -> None:
        """Open the poll, or answer it for one of the operator's roles."""
        poll, mine = self.room.state.poll, self.room.actor.roles
        options = []
        if poll is not None and waiting(poll):
            for role in poll.roles:
                if role in mine and role not in poll.answers:
                    options += [(f"go {role}", f"GO as {role}"), (f"no {role}", f"NO-GO as {role}")]
                elif role in mine:
                    options.append((f"back {role}", f"take back the answer as {role}"))
        options.append(("open", "open a new poll of every confirming role"))
        title = "GO or NO-GO? Answers stay sealed until all have answered"
        self.app.push_screen(Choose(title, options), self._polled)

    def _polled(self, answer: str | None) -> None:
        kind, _, role = (answer or "").partition(" ")
        if kind == "open":
            self.console_app.carry_out(OpenPoll())
        elif kind == "back":
            self.console_app.carry_out(WithdrawAnswer(role))
        elif kind:
            self.console_app.ask(
                f"{'GO' if kind == 'go' else 'NO-GO'} as {role}",
                "Why? The answer stays sealed until all have answered.",
                lambda reason: AnswerPoll(kind == "go", reason, role),
            )


def plan_from(item: str, text: str) -> PlanItem:
    """The plan that a line such as `tech lead by 2026-12-03: tests` means, or `Refused`."""
    head, _, note = text.partition(":")
    owner, by, day = head.rpartition(" by ")
    try:
        due = date.fromisoformat(day.strip())
    except ValueError:
        raise Refused(f"write {PLAN}") from None
    if not by:
        raise Refused(f"write {PLAN}")
    return PlanItem(item, clean(owner.strip(), 200), due, clean(note.strip(), 2000))


def standing_words(status: ItemStatus, now: float) -> list[Content]:
    """How the item stands: confirmations with their evidence, what lapsed, plan, acceptance."""
    parts = []
    for one in status.confirmations:
        parts += _given(one, "✓", now)
    for lapse in status.lapses:
        parts += _given(lapse.confirmation, f"◷ expired, {clean(lapse.why, 200)}:", now)
    if status.missing and status.confirmations:
        parts.append(Content(f"○ still needs {' and '.join(status.missing)}"))
    plan, accepted = status.plan, status.accepted
    if plan is not None:
        note = f": {clean(plan.note, 300)}" if plan.note else ""
        parts.append(Content(f"◐ in progress, {clean(plan.owner, 80)} by {plan.due}{note}"))
    if accepted is not None:
        parts.append(
            Content(f"– stays open by {clean(accepted.by, 40)}: {clean(accepted.reason, 300)}")
        )
    return parts


def probe_words(status: ItemStatus, state: State, now: float) -> str:
    """Which live check yields evidence for the item, and what it found last; empty if none."""
    name = status.item.probe
    if not name:
        return ""
    run = state.probes.get(name)
    if run is None:
        return f"{name}, not run yet: t runs it"
    return f"{clean(run.summary, 300)}, {moment_text(run.at, now)}; t runs it again"


def _given(one: Confirmation, mark: str, now: float) -> list[Content]:
    behalf = f", recorded for {clean(one.on_behalf_of, 40)}" if one.on_behalf_of else ""
    when = moment_text(one.at, now)
    kept = f" (sha256 {one.evidence.sha256[:12]})" if one.evidence.sha256 else ""
    return [
        Content(f"{mark} {one.role}: {clean(one.by, 40)}{behalf}, {when}"),
        Content(f"  {clean(one.evidence.text, 300)}{kept}"),
    ]
