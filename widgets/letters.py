"""Capital letters and figures in blocks, for what must be read from a step or two metres away."""

from collections.abc import Sequence

SHAPES = {
    "A": ".###. #...# ##### #...# #...#",
    "B": "####. #...# ####. #...# ####.",
    "C": ".#### #.... #.... #.... .####",
    "D": "####. #...# #...# #...# ####.",
    "E": "##### #.... ####. #.... #####",
    "F": "##### #.... ####. #.... #....",
    "G": ".#### #.... #..## #...# .####",
    "H": "#...# #...# ##### #...# #...#",
    "I": "##### ..#.. ..#.. ..#.. #####",
    "J": "..### ...#. ...#. #..#. .##..",
    "K": "#...# #..#. ###.. #..#. #...#",
    "L": "#.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#...# ##..# #.#.# #..## #...#",
    "O": ".###. #...# #...# #...# .###.",
    "P": "####. #...# ####. #.... #....",
    "Q": ".###. #...# #.#.# #..#. .##.#",
    "R": "####. #...# ####. #..#. #...#",
    "S": ".#### #.... .###. ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# .#.#. ..#..",
    "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#...# .#.#. ..#.. .#.#. #...#",
    "Y": "#...# .#.#. ..#.. ..#.. ..#..",
    "Z": "##### ...#. ..#.. .#... #####",
}
FIGURES = {
    "0": ".###. #..## #.#.# ##..# .###.",
    "1": "..#.. .##.. ..#.. ..#.. .###.",
    "2": "####. ....# .###. #.... #####",
    "3": "####. ....# .###. ....# ####.",
    "4": "#..#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ####.",
    "6": ".###. #.... ####. #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#..",
    "8": ".###. #...# .###. #...# .###.",
    "9": ".###. #...# .#### ....# .###.",
    "%": "#...# ...#. ..#.. .#... #...#",
    "-": "... ... ### ... ...",
    "+": "... .#. ### .#. ...",
    " ": ". . . . .",
}
# A dot of a letter in cells, (wide, high), and the gap between letters; the smallest halves cells.
SCALES = {2: (2, 1, 2), 3: (4, 2, 4)}
HALVES = {"..": " ", "#.": "▀", ".#": "▄", "##": "█"}
HEIGHT = 3
DOTS = 5


def banner(text: str, scale: int) -> list[str]:
    """`text` in the rows of its blocks: 1 row at scale 0, then 3, 5 and 10.

    It holds capital letters, figures, `%`, `+`, `-` and spaces; at scale 0 anything.
    """
    if scale == 0:
        return [text]
    shapes = [{**SHAPES, **FIGURES}[char].split(" ") for char in text]
    if scale == 1:
        drawn = [_halved(shape) for shape in shapes]
        return [" ".join(letter[row] for letter in drawn) for row in range(HEIGHT)]
    wide, high, gap = SCALES[scale]
    rows = []
    for row in range(DOTS):
        dots = (" " * gap).join(
            "".join("█" * wide if dot == "#" else " " * wide for dot in shape[row])
            for shape in shapes
        )
        rows += [dots] * high
    return rows


def large(letter: str) -> tuple[str, str, str]:
    """The three rows, five cells wide, of one capital letter A to Z."""
    return _halved(SHAPES[letter].split(" "))


def _halved(shape: Sequence[str]) -> tuple[str, str, str]:
    """A shape of five rows in three: each cell shows two dots, one above the other."""
    rows = [*shape, "." * len(shape[0])]
    first, second, third = (
        "".join(HALVES[upper + lower] for upper, lower in zip(*rows[i : i + 2], strict=True))
        for i in (0, 2, 4)
    )
    return first, second, third
