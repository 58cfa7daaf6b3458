"""From calls to what the list of them and a single one show. Pure."""

from collections.abc import Sequence

from textual.content import Content

from console.clean import clean
from console.domain.call import Call
from console.domain.notable import CUT
from console.domain.times import utc
from console.screens.metric_parts import Kind
from widgets.calls import CallView
from widgets.format import ago, money, number
from widgets.glyphs import FAILED
from widgets.line import Tone, dotted

MOST_SHOWN = 500
MOST_TEXT = 20_000


def call_view(call: Call, currency: str) -> CallView:
    """A call's row."""
    trouble, tone = _trouble(call)
    tokens = ""
    if call.tokens_in is not None or call.tokens_out is not None:
        tokens = f"{number(call.tokens_in)}+{number(call.tokens_out)} tok"
    return CallView(
        id=call.id,
        time=f"{utc(call.at):%H:%M:%S}",
        latency=number(call.latency_s, 2, "s"),
        cost=money(call.cost, currency) if call.cost is not None else "",
        tokens=tokens,
        model=clean(call.model, 60),
        version=clean(dotted(call.version, _aside(call)), 60),
        trouble=trouble,
        tone=tone,
        tools=", ".join(sorted(tool_names(call), key=lambda said: not said.startswith(FAILED))),
    )


def hay_of(view: CallView) -> tuple[str, ...]:
    """What a filter looks through."""
    return (view.id, view.time, view.model, view.version, view.trouble, view.tools)


def _aside(call: Call) -> str:
    """What keeps a call out of the sums."""
    if call.synthetic:
        return "synthetic"
    return "control" if call.variant == "control" else ""


def _trouble(call: Call) -> tuple[str, Tone]:
    said = []
    if call.error:
        said.append(f"{FAILED} failed: {clean(call.error, 200)}")
    if call.flags:
        said.append(f"▲ flagged: {clean(', '.join(call.flags), 200)}")
    if call.escalation:
        said.append(f"◆ escalated: {clean(call.escalation, 200)}")
    tone: Tone = "warn" if call.error or call.flags or call.escalation else ""
    return dotted(*said) or "✓ answered", tone


def tool_names(call: Call) -> list[str]:
    """The tools in the order of their calls, with those marked that failed."""
    failed = list(call.tools_failed)
    named = []
    for tool in call.tools:
        bad = tool in failed
        if bad:
            failed.remove(tool)
        named.append(f"{FAILED} {clean(tool, 60)} failed" if bad else clean(tool, 60))
    return [*named, *(f"{FAILED} {clean(tool, 60)} failed" for tool in failed)]


def calls_title(minutes: range, kind: Kind, name: str) -> str:
    """What the list shows."""
    start, stop = utc(minutes.start * 60), utc(minutes.stop * 60)
    between = f"{start:%a %H:%M}–{stop:%H:%MZ}"
    what = {"error": "failed with", "escalation": "escalated for", "model": "by model"}
    return f"Calls of {between}" + (f" {what[kind]} {clean(name, 80)}" if kind else "")


def held_words(
    held: int, counted: float, minutes: range, recorded_to: int | None, known: bool
) -> str:
    """How many of the calls on record are held here, and why not all.

    `counted` are on record, `known` says whether anything is; `recorded_to` is the last minute that
    was on record before this console read any call.
    """
    counted = round(counted)  # a metric store's counts may be fractions
    if not known and not held:
        return "nothing is known of this time: no feed told of it"
    if not counted and not held:
        return "no call in this time"
    if held >= counted:
        return f"{held:,} calls, all of them"
    if held:
        return (
            f"{held:,} of {counted:,} calls are held: of older minutes only those that failed, "
            "were flagged, escalated or slow"
        )
    sums = f"the sums of its {counted:,} calls are on record"
    if recorded_to is not None and minutes.stop - 1 <= recorded_to:
        return f"this time was read before this console was opened; {sums}"
    return (
        "its calls are not held: the feed gives sums alone, they were counted in bulk from a "
        f"backlog, or they made room for later ones; {sums}"
    )


def call_facts(call: Call, currency: str, now: float) -> Content:
    """A call's facts as literal text, told at `now` (unix seconds)."""
    trouble, tone = _trouble(call)
    style = "bold $text-warning" if tone else "$text-success"
    lines = [Content.styled(trouble, style)]
    facts = (
        ("at", f"{utc(call.at):%a %Y-%m-%d %H:%M:%SZ}, {ago(now - call.at)}"),
        ("latency", number(call.latency_s, 3, "s") if call.latency_s is not None else ""),
        ("cost", money(call.cost, currency) if call.cost is not None else ""),
        ("tokens in", number(call.tokens_in) if call.tokens_in is not None else ""),
        ("tokens out", number(call.tokens_out) if call.tokens_out is not None else ""),
        ("model", call.model),
        ("version", call.version),
        ("variant", dotted(call.variant, "synthetic" if call.synthetic else "")),
        ("format", call.format),
        ("user", call.user),
        ("conversation", call.conversation),
        ("feedback", call.feedback),
    )
    told = [(name, clean(value, 300)) for name, value in facts if value]
    told += [("" if place else "tools", tool) for place, tool in enumerate(tool_names(call))]
    for name, value in told:
        lines.append(Content.styled(f"{name:<13}", "$text-muted") + Content(value))
    return Content("\n").join(lines)


def call_texts(call: Call) -> Content:
    """Input, output and all that was said of them, as literal text."""
    texts = (
        ("input", call.input),
        ("output", call.output),
        ("error", call.error),
        ("escalation", call.escalation),
        ("flags", ", ".join(call.flags)),
        ("correction", call.correction),
    )
    blocks: list[Content] = []
    for name, text in texts:
        if text:
            said = clean(text, MOST_TEXT, lines=True)
            blocks.append(Content.styled(name, "bold") + Content(f"\n{said}"))
    if any(text.endswith(CUT) for _, text in texts):
        words = "This call is held cut: the whole of it is in the agent's log."
        blocks.append(Content.styled(words, "$text-muted"))
    if not call.input and not call.output:
        blocks.insert(0, Content.styled("The feed gives neither input nor output.", "$text-muted"))
    return Content("\n\n").join(blocks)


def shown_calls(calls: Sequence[Call]) -> Sequence[Call]:
    """As many as a person will look through; the worst come first."""
    return calls[:MOST_SHOWN]
