"""`warroom presets`: vendors as data, for feeds, the traffic switch and steps."""

from argparse import Namespace
from collections.abc import Callable, Iterator

import msgspec

from config.nearest import suggestion
from config.presets import Preset, UnknownPreset, pasting, preset, preset_names, steps, switches
from console.cli.exits import DONE
from console.cli.say import say, say_json, wrapped, write
from console.room import OpenFailed

FEEDS, SWITCHES, STEPS = "feeds", "traffic.switch", "rollback.steps"
_HEADINGS = {
    FEEDS: "Feeds: what the agent did, from a log or a store",
    SWITCHES: "Traffic switches: how a share is set and read back",
    STEPS: "Steps of a rollback: how the stable version comes back",
}


class _Listed(msgspec.Struct, frozen=True):
    """A preset in the list; `paste` makes TOML for `warroom.toml` of it."""

    name: str
    use: str
    kinds: list[str]
    title: str
    needs: list[str]
    headers: list[str]
    paste: Callable[[], str]


def presets(args: Namespace) -> int:
    """`warroom presets`: all of them, or one as it is written into `warroom.toml`."""
    known = {one.name: one for one in _all()}
    if args.name:
        if args.name not in known:
            raise OpenFailed(f'there is no preset "{args.name}"{suggestion(args.name, known)}')
        write([known[args.name].paste()])
        return DONE
    if args.json:
        keys = ("kinds", "title", "needs", "headers")
        say_json({name: {key: getattr(one, key) for key in keys} for name, one in known.items()})
        return DONE
    for use, heading in _HEADINGS.items():
        say(heading)
        for one in known.values():
            if one.use == use:
                say(f"  {one.name:19} {one.title}")
                say(*wrapped(f"{'':20}{'; '.join(_asks(one))}", " " * 20))
        say("")
    say("One to be pasted into warroom.toml: warroom presets NAME")
    return DONE


def _asks(one: _Listed) -> Iterator[str]:
    """What a person must know to use it."""
    if one.use == FEEDS:
        yield ", ".join(one.kinds)
    if one.needs:
        yield f"fill {', '.join(one.needs)}"
    if one.headers:
        yield f"key in {', '.join(one.headers)}"


def preset_named(name: str) -> Preset:
    """A feed's preset. Raises `OpenFailed` for a name that there is not."""
    try:
        return preset(name)
    except UnknownPreset as why:
        raise OpenFailed(str(why)) from None


def _all() -> Iterator[_Listed]:
    for name in preset_names():
        feed = preset(name)
        headers = list(feed.example.headers)
        paste = _pasted(pasting.feed_paste, name)
        yield _Listed(name, FEEDS, list(feed.kinds), feed.title, [], headers, paste)
    for name in switches.switch_names():
        switch = switches.switch_preset(name)
        needs, headers = list(switch.needs), list(switch.headers)
        paste, full = _pasted(pasting.switch_paste, name), f"{switches.PREFIX}{name}"
        yield _Listed(full, SWITCHES, [SWITCHES], switch.title, needs, headers, paste)
    for name in steps.step_names():
        step = steps.step_preset(name)
        needs, headers = list(step.needs), list(step.headers)
        paste, full = _pasted(pasting.step_paste, name), f"{steps.PREFIX}{name}"
        yield _Listed(full, STEPS, [STEPS], step.title, needs, headers, paste)


def _pasted(paste: Callable[[str], str], name: str) -> Callable[[], str]:
    return lambda: paste(name)
