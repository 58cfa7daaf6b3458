"""`warroom presets`: vendors as data, for feeds, the traffic switch and steps."""

from argparse import Namespace
from collections.abc import Iterator

import msgspec

from config.presets import Preset, UnknownPreset, preset, preset_names, preset_text, steps, switches
from console.cli.say import say, say_json, write
from console.room import OpenFailed


class _Filled(msgspec.Struct, frozen=True):
    """A preset with holes that a team fills: what it is for, its title, its needs and its TOML."""

    use: str
    title: str
    needs: list[str]
    text: str


def presets(args: Namespace) -> int:
    """`warroom presets`: all of them, or the TOML of one."""
    filled = dict(_filled())
    if args.name in filled:
        write([filled[args.name].text])
        return 0
    if args.name:
        preset_named(args.name)
        write([preset_text(args.name)])
        return 0
    known = {name: preset(name) for name in preset_names()}
    if args.json:
        told: dict[str, object] = {
            name: {"kinds": each.kinds, "title": each.title} for name, each in known.items()
        }
        told |= {name: {"kinds": [one.use], "title": one.title} for name, one in filled.items()}
        say_json(told)
        return 0
    for name, each in known.items():
        say(f"{name:19} {', '.join(each.kinds)}", f"{'':19} {each.title}")
    for name, one in filled.items():
        say(f"{name:19} {one.use}, fill: {', '.join(one.needs)}", f"{'':19} {one.title}")
    return 0


def preset_named(name: str) -> Preset:
    """A feed's preset. Raises `OpenFailed` for a name that there is not."""
    try:
        return preset(name)
    except UnknownPreset as why:
        raise OpenFailed(str(why)) from None


def _filled() -> Iterator[tuple[str, _Filled]]:
    for name in switches.switch_names():
        switch = switches.switch_preset(name)
        text = switches.switch_text(name)
        one = _Filled("traffic.switch", switch.title, list(switch.needs), text)
        yield f"{switches.PREFIX}{name}", one
    for name in steps.step_names():
        step = steps.step_preset(name)
        one = _Filled("rollback.steps", step.title, list(step.needs), steps.step_text(name))
        yield f"{steps.PREFIX}{name}", one
