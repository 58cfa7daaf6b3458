"""Puts pictures of the console one after the other, in one SVG that plays by itself.

It needs no script and no network: a browser shows each picture for its seconds, again and again,
and only the first one to whoever asked for less motion.
"""

import re
from typing import NamedTuple

NAMES = re.compile(r"\bterminal-")
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# What a picture of a run shows differs from run to run: it is not compared.
LIVE = re.compile(r'<g class="f live f\d+">.*?</g><!--live-->', re.DOTALL)


class Frame(NamedTuple):
    """One picture, an SVG as the console exports it, and how many seconds it stands."""

    svg: str
    seconds: float
    live: bool = False


def film(frames: list[Frame]) -> str:
    """All frames as one SVG."""
    size = SIZE.search(frames[0].svg)
    if size is None:
        raise ValueError("the first picture does not say how large it is")
    whole = sum(frame.seconds for frame in frames)
    rules, pictures, begun = [], [], 0.0
    for number, frame in enumerate(frames):
        begin, begun = 100 * begun / whole, begun + frame.seconds
        end = 100 * begun / whole
        rules.append(
            f"@keyframes f{number}{{0%{{visibility:{'visible' if number == 0 else 'hidden'}}}"
            f"{begin:.3f}%{{visibility:visible}}{end:.3f}%{{visibility:hidden}}"
            f"100%{{visibility:hidden}}}}"
            f".f{number}{{animation:f{number} {whole:g}s step-end infinite}}"
        )
        body = NAMES.sub(f"f{number}-", frame.svg.strip())
        kind, mark = ("f live", "<!--live-->") if frame.live else ("f", "")
        pictures.append(f'<g class="{kind} f{number}">{body}</g>{mark}')
    style = "".join(
        (
            ".f{visibility:hidden}",
            *rules,
            "@media (prefers-reduced-motion:reduce){.f{animation:none}.f0{visibility:visible}}",
        )
    )
    width, height = size.groups()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n'
        f"<style>{style}</style>\n" + "\n".join(pictures) + "\n</svg>\n"
    )


def steady(svg: str) -> str:
    """A film without its live pictures, to compare it."""
    return LIVE.sub("", svg)
