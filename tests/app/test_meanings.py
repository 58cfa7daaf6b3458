"""A letter means one thing wherever it works; where it does not, there is a reason, told here."""

from console.screens.bound import moves
from console.screens.keymap import places

# What a letter does, by the verb that all its deeds share.
MEANS = {
    "a": ("know of it, and take it in hand", "alert.acknowledge alerts.acknowledge "
          "contested.acknowledge escalations.acknowledge"),
    "b": ("the wall", "big.show big.back"),
    "c": ("check in", "checkin.make"),
    "d": ("owed or asked: done", "run.done window.duty"),
    "e": ("evidence", "item.confirm"),
    "f": ("feeds", "feeds.show"),
    "g": ("gate", "gate.decide"),
    "h": ("hand over", "escalations.hand window.hand"),
    "i": ("who is at the keys", "identity.switch"),
    "l": ("leave something unmet, for a reason", "item.accept window.limitation"),
    "m": ("metric", "alerts.metric"),
    "n": ("note", "note.write incidents.note"),
    "o": ("open an incident", "incidents.open alerts.incident"),
    "p": ("put it into somebody's hands", "item.plan escalations.reassign"),
    "q": ("quit", "app.quit"),
    "r": ("record what others said or saw", "item.record warning.review"),
    "s": ("silence", "alerts.silence"),
    "t": ("try or read the real thing now", "item.probe reports.again review.texts "
          "rollout.traffic"),
    "u": ("what is not done yet", "checklist.unconfirmed walk.unconfirmed"),
    "v": ("the decision", "gate.advance poll.hold"),
    "w": ("write a file", "reports.write"),
    "x": ("end it, and say how", "escalations.resolve incidents.close warning.settle"),
    "y": ("copy", "copy.take run.copy"),
    "z": ("how much is shown", "metric.longer alerts.hidden"),
    "A": ("assess", "window.assess"),
    "C": ("correct", "incidents.correct"),
    "D": ("what is owed", "duties.show"),
    "H": ("who is here", "room.show"),
    "O": ("other deployments", "deployments.show"),
    "R": ("reports", "reports.show"),
    "T": ("the troubleshooting table", "troubleshooting.show trigger.table"),
    "W": ("early warnings", "warning.show"),
    "X": ("suspend", "suspension.arm"),
    "Z": ("how much is shown", "metric.shorter"),
}  # fmt: skip
EXCEPTIONS = {
    "judging is by the verdict's own letter, fifty times in a row, and its neighbours": (
        "review.right review.wrong review.subtle review.skip review.back review.draw"
    ),
    "the dialog names each choice beside its letter, and nothing else is asked there": (
        "gate.hold gate.rollback gate.brief gate.satisfaction gate.baseline "
        "assess.stable assess.monitored assess.rollback traffic.set traffic.back traffic.though "
        "run.again run.not-done"
    ),
    "the walk goes on and back under both hands, as the footer says": "walk.next walk.back",
    "a list is narrowed or ordered; nothing is done": "checklist.yours checklist.day",
    "an incident has more deeds than there are letters that mean the same": (
        "incidents.update incidents.post-mortem incidents.capture incidents.severity "
        "incidents.roles incidents.link"
    ),
    "opens what the key is the initial of, and no more": "checklist.walk metric.compare",
}


def test_a_letter_means_one_thing_or_there_is_a_reason() -> None:
    exempt = {name for names in EXCEPTIONS.values() for name in names.split()}
    unlike, met = [], set()
    for place in places():
        for one in place.own:
            for key in one.key.split(","):
                shared = MEANS.get(key, ("", ""))[1].split()
                if len(key) == 1 and key.isalpha() and one.id not in shared:
                    if one.id in exempt:
                        met.add(one.id)
                    elif not moves(one):
                        unlike.append(f"{key}: {one.id} in {place.name}")
    assert unlike == []
    assert exempt == met, "an exception that is none any more"


def test_what_a_letter_is_said_to_mean_is_on_it() -> None:
    bound = {(one.id, key) for place in places() for one in place.own for key in one.key.split(",")}
    told = {(name, key) for key, (_, names) in MEANS.items() for name in names.split()}
    assert told <= bound, told - bound


def test_what_works_anywhere_means_the_same_on_every_screen() -> None:
    exempt = {name for names in EXCEPTIONS.values() for name in names.split()}
    anywhere = {key: one for one in places()[0].own for key in one.key.split(",")}
    for place in places()[1:]:
        for one in place.own:
            for key in one.key.split(","):
                letter = len(key) == 1 and key.isalpha()
                if letter and key in anywhere and one.id not in exempt:
                    alike = MEANS[key][1].split() if key in MEANS else []
                    assert one.id == anywhere[key].id or one.id in alike, (place.name, key, one.id)
