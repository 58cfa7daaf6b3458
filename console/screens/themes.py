"""The console's colours: a calm ground, one accent, red for what needs a hand now.

Every colour of every screen is a variable of one of these. Text has a contrast of at least 4.5 to 1
with its ground, in `high-contrast` 7 to 1; in `colour-blind` nothing hangs on red against green.
No state is told by colour alone: each has its sign and its word.
"""

from textual.theme import Theme


def _theme(
    name: str,
    *,
    dark: bool,
    ground: tuple[str, str, str],
    text: tuple[str, str],
    frame: str,
    accent: str,
    good: str,
    warn: str,
    bad: str,
    lit: str,
) -> Theme:
    """A theme: `ground` of screen, dialog and bar; `text` plain and muted; `lit` under a cursor."""
    return Theme(
        name=name,
        dark=dark,
        background=ground[0],
        surface=ground[1],
        panel=ground[2],
        foreground=text[0],
        primary=accent,
        secondary=accent,
        accent=accent,
        success=good,
        warning=warn,
        error=bad,
        variables={
            "text-muted": text[1],
            "text-primary": accent,
            "text-success": good,
            "text-warning": warn,
            "text-error": bad,
            "frame": frame,
            "lit": lit,
            "scrollbar": frame,
            "scrollbar-hover": accent,
            "scrollbar-active": accent,
            "scrollbar-background": ground[1],
            "scrollbar-background-hover": ground[1],
            "scrollbar-background-active": ground[1],
        },
    )


_ALL = (
    _theme(
        "dark",
        dark=True,
        ground=("#11151b", "#181e27", "#1f2732"),
        text=("#d7dde5", "#9aa6b6"),
        frame="#3a4554",
        accent="#6cb2f0",
        good="#7dc891",
        warn="#e3b35b",
        bad="#ff7b7b",
        lit="#22364c",
    ),
    _theme(
        "light",
        dark=False,
        ground=("#fafbfc", "#f0f2f5", "#e6e9ee"),
        text=("#1c2430", "#586372"),
        frame="#b4bcc8",
        accent="#0b5cad",
        good="#1a6b34",
        warn="#855300",
        bad="#b3201a",
        lit="#cfe3f7",
    ),
    _theme(
        "high-contrast",
        dark=True,
        ground=("#000000", "#000000", "#1a1a1a"),
        text=("#ffffff", "#d6d6d6"),
        frame="#ffffff",
        accent="#8fd0ff",
        good="#7dff9b",
        warn="#ffe14d",
        bad="#ff9b9b",
        lit="#002a4f",
    ),
    _theme(
        "colour-blind",
        dark=True,
        ground=("#11151b", "#181e27", "#1f2732"),
        text=("#e4e7eb", "#9aa5b3"),
        frame="#3f4a59",
        accent="#c3cbd6",
        good="#56b4e9",
        warn="#f0e442",
        bad="#ff8a3d",
        lit="#2b3644",
    ),
    Theme(
        name="ansi",
        ansi=True,
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        foreground="ansi_default",
        primary="ansi_cyan",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        variables={
            "frame": "ansi_bright_black",
            "lit": "ansi_default",
            "border": "ansi_cyan",
            "border-blurred": "ansi_bright_black",
            "ansi-background": "ansi_black",
            "ansi-foreground": "ansi_white",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_cyan",
            "text-muted": "ansi_default",
        },
    ),
)
THEMES = {theme.name: theme for theme in _ALL}
DEFAULT = "dark"
