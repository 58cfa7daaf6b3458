"""Whether a rollback is called for, and what is said of it on every screen."""

from collections.abc import Sequence

from console.clean import clean
from console.domain.state import State
from console.domain.triggers import Trigger
from console.room import Picture, WarRoom
from widgets import glyphs


def running(room: WarRoom) -> bool:
    """Whether a rollback is carried out, here or by another process that lives."""
    run, held = room.rollback_run, room.state.rollback
    here = run is not None and run.state == "running"
    known = held is not None and held.state == "running"
    return here or (known and not room.rollback_interrupted)


def called_for(room: WarRoom, picture: Picture) -> list[Trigger]:
    """The triggers that are true and call for a rollback: of something, and none runs yet."""
    if nothing_live(room.state) or running(room):
        return []
    return [trigger for trigger in picture.triggers if trigger.state == "true"]


def nothing_live(state: State) -> bool:
    """Whether nothing is or was live that could be rolled back."""
    return state.attempt.phase == "readiness" and not state.rollbacks


def banner(true: Sequence[Trigger], *, arms: bool = True) -> str:
    """What is said of true triggers; empty where there is none. `arms`: F9 does so here."""
    names = "; ".join(clean(trigger.name, 100) for trigger in true)
    key = ". F9 arms the rollback" if arms else ""
    return f"{glyphs.BREACH} ROLLBACK TRIGGER: {names}{key}" if true else ""


def rollback_words(room: WarRoom, state: State, *, keyed: bool = True) -> str:
    """What is said of a rollback that runs or did not end as it should; else empty.

    `keyed`: F9 does something here, and it is said what.
    """
    if room.rollback_interrupted:
        silent = room.machines.silent(state)
        said = f"ROLLBACK: {silent}" if silent else "ROLLBACK INTERRUPTED, its process is gone"
        key = "; F9 goes on with it here" if silent else ": F9 takes it up again"
    elif running(room):
        said, key = "ROLLBACK RUNNING", ": F9 shows it"
    elif state.rollback is not None and state.rollback.state != "verified":
        said = f"ROLLBACK {state.rollback.state.upper()}"
        key = ": F9 arms it for what is not verified"
    else:
        return ""
    return said + (key if keyed else "")
