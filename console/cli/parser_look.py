"""The words of the command line for how the console looks."""

import argparse


def add_look(command: argparse.ArgumentParser) -> None:
    """`--theme NAME` and `--glyphs SET`; they are checked where the screens are known."""
    command.add_argument(
        "--theme",
        default="",
        metavar="NAME",
        help="dark, light, high-contrast, colour-blind or ansi (or WARROOM_THEME, or the last)",
    )
    command.add_argument(
        "--glyphs",
        default="",
        metavar="SET",
        help="unicode, or ascii for fonts without the signs (or WARROOM_GLYPHS)",
    )
