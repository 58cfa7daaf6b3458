"""What the simulated claims agent is asked and what it answers: invented, harmless texts."""

import random
from typing import Literal

FORMATS = ("email", "web-form", "chat")
ERRORS = ("timeout", "upstream 502", "rate limited", "malformed tool answer")
Quality = Literal["right", "wrong", "subtle"]
FILED = "Category: "
AGAIN = " The customer was asked on what day it happened and for the amount."
WRONG, SUBTLE = 0.02, 0.03
OUTAGE = "claims store unreachable"
REASONS = (
    "policy unclear",
    "amount above authority",
    "conflicting documents",
    "customer asks for a person",
    "possible third-party liability",
    "suspected duplicate claim",
)
EVENTS = (
    ("water", "a washing machine hose burst and flooded the kitchen and the hallway below it"),
    ("storm", "the storm tore tiles off the roof and rain came through to the bedroom ceiling"),
    ("motor", "another driver reversed into my parked car and dented the door and the mirror"),
    ("theft", "my bicycle was taken from the locked cellar of the building during the night"),
    ("travel", "our flight was cancelled and we had to pay two more nights and a new connection"),
    ("glass", "a stone from a lorry cracked the windscreen right across the driver's side"),
    ("fire", "a pan caught fire, the cooker hood is burnt and the whole kitchen is full of soot"),
    ("liability", "my son kicked a ball through the neighbour's window and it hurt the curtain"),
)
# What a filter says, and what it saw; nothing where it was wrong.
FLAGS = (
    ("personal-data", " The other driver lives at 12 Mill Lane; his policy is PL-220417."),
    ("personal-data", ""),
    ("legal-advice", " You need no lawyer: the other side is at fault and must pay."),
    ("violence", ""),
    ("unkind", " People who leave a hose unwatched have themselves to blame."),
)
_ASKS = (
    "What do you need from me, and does my policy cover it?",
    "How long will it take until I hear from you?",
    "May I have it repaired now, or must somebody look at it first?",
    "Is the excess taken off the payment, and when is it paid?",
)
_PATHS = (
    "Cover is in force and the event is insured. Routed to fast-track settlement",
    "Cover is in force. Two photographs and the invoice were requested from the customer",
    "Cover is in force with an excess. Routed to the standard queue with a surveyor's visit",
    "The event falls under the extended cover. A repair partner was offered to the customer",
)


def ask(rng: random.Random) -> tuple[str, str]:
    """The claim's kind and a customer's message about it, of some 200 characters."""
    kind, event = EVENTS[int(rng.random() * len(EVENTS))]
    amount = 80 + int(rng.random() ** 2 * 6_000)
    question = _ASKS[int(rng.random() * len(_ASKS))]
    day = 1 + int(rng.random() * 28)
    return kind, f"Hello, on the {day}. {event}. I put the damage at about {amount}. {question}"


def quality(draw: float) -> Quality:
    """How good the answer of this `draw` (0 to 1) is; of a healthy agent 98 % are not wrong."""
    # The draw chooses the words too: its fine digits are as good as another draw.
    fine = draw * 7919 % 1
    if fine < WRONG:
        return "wrong"
    return "subtle" if fine < WRONG + SUBTLE else "right"


def answer(kind: str, draw: float) -> str:
    """What the agent says when it settles a claim; `draw` is in 0 to 1.

    A wrong one files the claim under what it is not about. One that is subtly off asks again for
    what the customer has told.
    """
    how = quality(draw)
    if how == "wrong":
        kinds = [name for name, _ in EVENTS]
        kind = kinds[(kinds.index(kind) + 3) % len(kinds)]
    path = _PATHS[int(draw * len(_PATHS))]
    priority = "high" if draw < 0.15 else "normal"
    again = AGAIN if how == "subtle" else ""
    number = int(draw * 900_000)
    return f"{FILED}{kind}. Priority: {priority}. {path}; reference CL-{number:06d}.{again}"


def flagged(draw: float, output: str) -> tuple[str, str]:
    """Why a filter flags an answer, and that answer; `draw` is in 0 to 1.

    Some are false alarms: the answer is what it would have been.
    """
    reason, more = FLAGS[int(draw * len(FLAGS))]
    return reason, output + more


def judge(question: str, output: str) -> Quality:
    """What somebody who reads both would say of an answer; an escalation is right."""
    if not output.startswith(FILED):
        return "right"
    about = next((kind for kind, event in EVENTS if event in question), "")
    if about and not output.startswith(f"{FILED}{about}."):
        return "wrong"
    return "subtle" if AGAIN in output else "right"


def pick(choices: tuple[str, ...], draw: float) -> str:
    """The choice that `draw`, in 0 to 1, falls on."""
    return choices[int(draw * len(choices))]
