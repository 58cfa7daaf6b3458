"""A deployment whose config, journal and log hold all that a terminal or a markup would obey."""

from pathlib import Path
from typing import Any

from console.domain import events as e
from console.domain.entry import Actor, Draft
from console.domain.times import utc
from tests.app.rooms import HOUR, NOW, Stand, rolled_back, stand

MARKUP = "[/x][@click=app.leave]go[/]"
CLIPBOARD = "\x1b]52;c;UFdORUQ=\x07"
TITLE = "\x1b]0;PWNED\x07"
ATTACK = f"{MARKUP}{CLIPBOARD}{TITLE}\x9b31m\x9d0;C1\x9c\u202egnp\u202c\u200bz\x1b[?1049l\x1bc"
# What may never reach the terminal from data, whatever carries it.
FORBIDDEN = set(
    "\x1b\x07\x7f\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u200b\u200d\ufeff"
)
FORBIDDEN |= {chr(code) for code in range(0x80, 0xA0)}
MALLORY = Actor(f"mallory{ATTACK}", ("agent-lead", f"role{ATTACK}"))


def config(values: dict[str, Any]) -> None:
    """Names take one line of printable characters, so markup; other texts take anything."""
    values["agent"]["name"] = f"claims{MARKUP}"
    values["agent"]["version"] = f"v2{MARKUP}"
    values["agent"]["stable_version"] = f"v1{MARKUP}"
    values["people"][0]["name"] = f"agent lead{MARKUP}"
    values["people"][0]["phone"] = f"+44{MARKUP}"
    values["rollback"]["deputy"] = f"agent lead{MARKUP}"
    values["escalation"]["backup"] = f"agent lead{MARKUP}"
    for integration in values["integrations"]:
        integration["title"] = f"service{MARKUP}"
    for step in values["rollback"]["steps"]:
        step["title"] = f"title{MARKUP}"
        step["manual"] = f"manual{ATTACK}"
    values["feeds"]["gone"] = {"kind": "jsonl", "path": f"gone{ATTACK.replace('/', '')}"}
    values["metrics"] = {"traffic": {"feed": "gone"}}


def hostile(directory: Path) -> Stand:
    """In its window and rolled back, with every kind of text on record."""
    standing = stand(directory, config)
    standing.who = f"agent lead{MARKUP}"
    standing.reach_full()
    return attacked(standing, ATTACK, MALLORY)


def attacked(standing: Stand, text: str, actor: Actor) -> Stand:
    """Entries of every kind that shows a text, all of them holding `text`."""
    ids = {"sprint-report": "agent-lead", "security": "tech-lead", "rollback-ready": "tech-lead"}
    standing.past(
        *(
            (HOUR, e.ItemConfirmed(item, role, e.Evidence("text", text)))
            for item, role in ids.items()
        ),
        (HOUR, e.NoteWritten(text)),
        (HOUR, e.CheckInMade(text)),
        (HOUR, e.GateDecided("full.1", "hold", text, ())),
        (HOUR, e.AlertFired(f"alert{text}", f"rule{text}", 2.0, 1.0, 50, 3600, text, f"why{text}")),
        (HOUR, e.AlertAcknowledged(f"alert{text}", text)),
        (HOUR, e.AlertFired("errors-1", "error-rate", 0.02, 0.01, 50, 3600, text, f"why{text}")),
        (HOUR, e.AlertFired("old-1", f"old{text}", 0.02, 0.01, 50, 3600, text, f"why{text}")),
        (HOUR, e.AlertResolved("old-1", 0.0, text)),
        (HOUR, e.AlertResolved(f"unknown{text}", 0.0, text)),
        (HOUR, e.IncidentOpened(f"incident{text}", 1, text, text)),
        (
            HOUR,
            e.EscalationRaised(
                f"row{text}",
                (e.EscalationItem(f"id{text}", f"call{text}", utc(NOW), utc(NOW + 99)),),
                (f"to{text}",), text, "", f"what{text}", text,
            ),
        ),
        (HOUR, e.DutyStarted(f"duty{text}", f"owed{text}", utc(NOW + HOUR))),
        *(
            (HOUR / 2, event)
            for event in rolled_back(
                "partial", title=text, what=text, manual=text, detail=text, why=text,
                target=text, told=text,
            )
        ),
        actor=actor,
    )  # fmt: skip
    room = standing.open()
    room.record.journal.transact(lambda _: [Draft(actor, f"kind{text}", {"text": text})])
    room.record.journal.close()
    standing.write_log(
        *(
            {
                "id": f"c{n}{text}",
                "at": f"2026-12-01T13:{n:02}:00Z",
                "version": f"v{text}",
                "error": text,
                "model": text,
            }
            for n in range(60)
        )
    )
    with standing.log.open("a") as log:
        log.write(f"no json {text.encode('unicode_escape').decode()}\n")
    return standing
