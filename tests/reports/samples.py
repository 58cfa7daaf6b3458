"""Documents that try every block and every trick."""

from console.reports.document import (
    Chart,
    Cited,
    Code,
    Document,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Rule,
    SourceList,
    Table,
)
from tests.domain.build import HOUR, NOW

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><!-- --><img src=x onerror=alert(1)>",
    "[@click=app.quit]x[/]",
    '#let x = 1; #typst code $x$ *b* _i_ `r` // c #panic("x")',
    "@ref <label> \\ [x](javascript:alert(1))",
    "reversed \u202e text \u200b and \x1b[31m",
    "&lt;b&gt; &#60; \" ' `",
    "✓ ▲ ◆ – ✗ → ▁▂▃█ café Ωλ Жук",
    "日本語 العربية 😀 \U0001f9ff",
)
LONG = "y" * 10_000
MINUTES = 2880
# Five hours of nothing, one minute of it, and a number that is none.
HOLES = {*range(600, 900), 1500}


def points() -> tuple[tuple[float, float | None], ...]:
    """Two days of minutes with two gaps."""
    return tuple(
        (NOW + 60 * place, None if place in HOLES else 10.0 + place % 7) for place in range(MINUTES)
    )


def chart(**changes: object) -> Chart:
    """A chart with everything in it."""
    held: dict[str, object] = {
        "title": "Escalation rate",
        "unit": "%",
        "points": points(),
        "limit": 25.0,
        "start": NOW,
        "end": NOW + MINUTES * 60,
        "note": "It stayed under its limit",
        "marks": ((NOW + 10 * HOUR, "incident inc-1"), (NOW + 2 * HOUR, "check-in")),
        **changes,
    }
    return Chart(**held)  # type: ignore[arg-type]  # the fields are those above


def document(text: str = "plain", **changes: object) -> Document:
    """Every block with `text` in every place that holds text."""
    cited: Inline = Cited(text, (1, 2, 9))
    held: dict[str, object] = {
        "title": f"Title {text}",
        "blocks": (
            Paragraph(f"strong {text}", strong=True),
            Paragraph(cited),
            Heading(f"First {text}"),
            Listing((f"item {text}", cited)),
            Listing((f"number {text}", cited), numbered=True),
            Heading(f"Second {text}"),
            Heading(f"Skips a level {text}", 5),
            Table((f"head {text}", "b"), ((f"cell {text}", cited), ("", "empty"))),
            Table(("sign", "here"), (("legal", "___"),), tall=True),
            Code(f"code {text}\n\tindented"),
            Rule(),
            Heading("Third"),
            chart(title=f"Chart {text}", note=f"note {text}"),
            Heading("Sources"),
            SourceList(((1, f"source {text}"), (2, "another"), (2, "another again"))),
        ),
        "watermark": "DRAFT",
        "seal": '{"a":"</script>&\\\\u003c","n":1}',
        "made": NOW,
        **changes,
    }
    return Document(**held)  # type: ignore[arg-type]  # the fields are those above
