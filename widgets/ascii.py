"""Text for a terminal that shows nothing but ASCII: a cell stays a cell, a sign keeps its likeness.

The widgets draw one set of signs; this is what stands for each where a font or an encoding lacks
them. Every sign has its word beside it, so two of them may share a likeness.
"""

import re

from rich.cells import cell_len

SIGNS = """
✓+ ▲! △^ ◌. ◷@ ✗x ◆# ●* ○o ⊘0 ≈= ◐% ↗/ ›> ↓v ↑^ ←< →> ▶> ◀< ■& ‖: ⇄= ░: ⏎>
·- …~ –- −- —- ×x ≤< ≥> ≠# •* “" ”" ‘' ’' ⟨( ⟩) €E £L ¥Y ßs
▁_ ▂. ▃: ▄o ▅+ ▆* ▇% █# ▀" ▔- ▏| ▎| ▍| ▌| ▋| ▊| ▉| ▐| ▕|
━= ╸= ╺= ═= ─- ╌- ┄- ┈- ╴- ╶- ╼- ╾- │| ┃| ║| ╎| ┆| ┊| ╵| ╷| ╹| ╻|
"""
# Alone they would be told as another limit; the space after them is the second cell.
LIMITS = {"≤ ": "<=", "≥ ": ">="}
LIKE = {pair[0]: pair[1] for pair in SIGNS.split()}
OUTSIDE = re.compile(r"[^\x00-\x7f]+")
FRAME, BRAILLE = range(0x2500, 0x2580), range(0x2800, 0x2900)
UPPER_DOTS, LOWER_DOTS = 0b0001_1011, 0b1110_0100


def plain(text: str) -> str:
    """`text` in ASCII, as wide on the screen as before; what has no likeness is a `?` a cell."""
    if text.isascii():
        return text
    for sign, told in LIMITS.items():
        text = text.replace(sign, told)
    return OUTSIDE.sub(_run, text)


def _run(found: re.Match[str]) -> str:
    """A run of what is not ASCII. Some characters join into one that is narrower than its parts."""
    run = found.group()
    told, width = "".join(map(_like, run)), cell_len(run)
    return told if len(told) == width else "?" * width


def _like(char: str) -> str:
    code = ord(char)
    if char in LIKE:
        return LIKE[char]
    if code in FRAME:
        return "+"
    if code in BRAILLE:
        dots = code - BRAILLE.start
        return {(True, True): ":", (True, False): "'", (False, True): "."}.get(
            (bool(dots & UPPER_DOTS), bool(dots & LOWER_DOTS)), " "
        )
    return " " if char == "\u00a0" else "?" * cell_len(char)
