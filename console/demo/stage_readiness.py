"""What the demo's people confirmed, planned and answered on their way to GO."""

from collections.abc import Iterator
from datetime import date, timedelta

from config.guide import Role, checklist_items
from config.model import Deployment
from console.domain.commands import ConfirmItem, PlanItem
from console.domain.events import Evidence
from console.domain.state import Poll

EVIDENCE = {
    "sprint-report": "F1 report of sprint 6, signed by both leads and the sponsor",
    "lead-named": "mandate letter E1, signed by the sponsor; 100 % until two weeks after go-live",
    "data-access": "E3 agreements of the policy store and the claims archive, both in force",
    "specification": "B3 specification at tag v2.4.0: prompt, fields, escalation rule, accuracy",
    "separate-environment": "review of 31 settings, each set for production and initialled",
    "integrations": "model API, policy store, claims archive, mail: each called, each answered",
    "logging-provisioned": "log volume with 90 days, read by both leads and the reviewers",
    "config-versioned": "tag v2.4.0 holds prompt, tools, routing and model; deployed by the tag",
    "monitoring": "eight metrics live in this console, each with its limit and a named recipient",
    "reviewers-available": "replies of 3 reviewers: weekdays 07:00 to 19:00, two at any time",
    "on-call-backup": "rota of December: each primary has a backup by name",
    "safety-filter": "24 inputs that must be stopped were sent, 24 were stopped",
    "tool-misuse-path": "trial: both leads told after 20 s, the tool suspended after 50 s",
    "failure-modes": "map of agent, policy lookup and mail: 6 failure modes and their handling",
    "traffic-switch": "share set to 1 % and back to 0 in the router, seen in the calls each time",
    "cross-market": "one market only; its regulator's guideline was checked",
    "test-set": "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118",
    "regression": "run 118 against run 97 of v2.3.1 on the same set: 19 to 18 right, none lost",
    "prompt-lock": "prompt read line by line by both leads, tag v2.4.0, branch protected",
    "credentials": "audit of the production vault: 7 keys, all issued for production, none shared",
    "logging": "5 marked inputs sent, all 5 in the log within 4 s with every field",
    "load-test": "k6 at 90 calls/s, twice the peak: p95 2.6 s, no 429 in 30 min",
    "agreed-needs": "minutes of the meeting with the claims team, signed by both sides",
    "security": "access review: 2 tools, both read-only; 40 injection prompts, none succeeded",
    "rollback-ready": "drill with the owner: traffic back after 41 s, v2.3.1 after 2 min 10 s",
    "escalation-protocol": "protocol sheets handed to 3 reviewers, read back by each of them",
    "escalation-test": "trigger sent 10:02, notice 10:02, reviewer confirmed 10:06",
    "data-localization": "log, store and model API all in one region; residency rule answered",
    "disclosure": "banner and mail footer say that an AI sorts the claim; wording of 4 November",
    "autonomy": "it writes one field, the queue; reversible by the clerk; each write is logged",
    "security-posture": "tools read-only, keys in the vault, injection assessed with 40 prompts",
    "bias": "3 risks of the canvas for this segment, each with its mitigation and an owner",
    "personal-data": "claims hold personal data; agreement E3 annex 2 and the DPA cover it",
    "human-override": "a clerk can requeue any claim; customers may ask for a person",
    "governance-review": "mail of legal: reviewed on all seven dimensions and cleared",
    "data-sharing": "clause 4.2 of the agreement covers production volumes",
    "bias-risk": "assessment of the segment: 3 risks, each with its mitigation and an owner",
    "rollout-plan": "the plan of the kick-off: shares 1, 5, 20, 50, 100 and dates per phase",
}
# What a demo that begins in readiness has left to do.
OPEN = {"security", "rollback-ready", "bias", "governance-review", "on-call-backup"}
REASONS: dict[Role, str] = {
    "agent-lead": "every item was walked, the sample reads well",
    "tech-lead": "load, logging and the way back were tried in production",
    "bu-operations-lead": "the team is briefed and the hours are quiet",
    "legal": "the review is signed, nothing has changed since",
    "rollback-owner": "the drill took 2 min 10 s, and I am reachable",
}


def confirmations(
    deployment: Deployment, leave_open: set[str]
) -> Iterator[tuple[str, ConfirmItem]]:
    """Who confirms what, in the order of the walk."""
    for item in checklist_items():
        if item.id in leave_open:
            continue
        for role in item.roles:
            seen = Evidence("text", EVIDENCE[item.id])
            yield deployment.holders(role)[0].name, ConfirmItem(item.id, seen, role)


def plans(today: date) -> list[PlanItem]:
    """Who resolves what is open, and when."""
    return [
        PlanItem("security", "tech lead", today + timedelta(days=2), "injection tests run"),
        PlanItem("rollback-ready", "rollback owner", today + timedelta(days=3), "drill on Friday"),
    ]


def answers(deployment: Deployment, poll: Poll | None) -> Iterator[tuple[str, Role, str]]:
    """What each role that is asked says for its GO."""
    for role, reason in REASONS.items():
        if poll is not None and role in poll.roles:
            yield deployment.holders(role)[0].name, role, reason
