"""From a sample and its calls to what the review screen shows. Pure."""

from collections.abc import Sequence

from textual.content import Content

from console.clean import clean
from console.domain.call import Call
from console.domain.sampling import USUAL, Progress, samples
from console.domain.state import State
from console.domain.times import iso, utc
from console.room import Reading
from console.screens.call_views import MOST_TEXT, call_view, tool_names
from widgets.format import ago, money, number, percent
from widgets.line import dotted
from widgets.review import ReviewView, verdict_span

TONES = {
    "good": "$text-success",
    "warn": "$text-warning",
    "muted": "$text-muted",
}
GONE = (
    "The log no longer holds this call (of a feed that keeps none: nor does this console), so it "
    "can only be skipped (s), and the next one takes its place. t looks again."
)
NO_TEXT = "The feed gives no {} of this call."


def review_view(progress: Progress, writing: int) -> ReviewView:
    """A sample's progress."""
    sample = progress.sample
    accuracy = ""
    if progress.accuracy is not None:
        accuracy = f"{percent(progress.accuracy, 0)} right of {progress.judged}"
    span = f"{iso(sample.from_at)} to {iso(sample.to_at)}"
    part = "" if sample.whole else "only of what was at hand"
    return ReviewView(
        n=sample.n,
        right=progress.right,
        wrong=progress.wrong,
        subtle=progress.subtle,
        skipped=progress.skipped,
        writing=writing,
        short=progress.short,
        accuracy=accuracy,
        drawn=dotted(
            f"{min(sample.n, len(sample.calls)):,} of {sample.of:,} calls at random",
            part,
            span,
            f"seed {clean(sample.seed, 8)}",
            f"drawn by {clean(sample.by, 40)}",
        ),
    )


def reading_words(reading: Reading) -> str:
    """How far the log is read."""
    what = "drawing from" if reading.what == "draw" else "looking for the texts in"
    upto = f", up to {iso(reading.reached)}" if reading.reached else ""
    return f"{what} the log: {reading.read:,} calls read{upto}; Esc stops it"


def wanted(state: State, n: int) -> int:
    """How many more the gate asks to be judged, of `n`; the usual number where it asks for none."""
    lacking = n - len(state.judged.get(state.attempt.id, {}))
    return lacking if lacking > 0 else USUAL


def empty_words(state: State, n: int) -> Content:
    """What to press where there is no sample."""
    if state.attempt.phase == "readiness":
        return Content(
            "There is nothing to review before the dark launch: no call of this rollout is made."
        )
    asked = f"The gate asks for {n} judged outputs. " if n else ""
    again = " yet" if not samples(state) else ""
    return Content.styled(f"No sample is drawn in this attempt{again}.\n\n", "bold") + Content(
        f"{asked}Press d to draw calls at random from the agent's log. Then, one after the other, "
        "what came in and what went out is shown, and you judge it:\n\n"
        "  r  right\n"
        "  w  wrong\n"
        "  o  subtly off: right on the whole, but not as it should be; say how\n"
        "  s  skip, with the reason; the next one drawn takes its place\n"
        "  u  back to the one before, to change it\n\n"
        "Each judgement is on record at once. The texts are not: they stay in the agent's log."
    )


def place_words(state: State, progress: Progress, call: str, now: float) -> Content:
    """Which call it is, and what was said of it so far."""
    place = progress.queue.index(call) + 1
    head = f"{place} of {len(progress.queue)}  {clean(call, 60)}"
    parts = [Content.styled(head, "bold")]
    attempt = progress.sample.attempt
    judged = state.judged.get(attempt, {}).get(call)
    skipped = state.skipped.get(attempt, {}).get(call)
    if judged is not None:
        told = f" by {clean(judged.by, 30)}, {ago(now - judged.at)}"
        parts.append(_verdict(judged.verdict, f"{told}{_note(judged.note)}"))
        parts += [
            _verdict(one.verdict, f" before, by {clean(one.by, 30)}{_note(one.note)}")
            for one in reversed(judged.earlier[-3:])
        ]
    elif skipped is not None:
        told = f" by {clean(skipped.by, 30)}, {ago(now - skipped.at)}"
        parts.append(_verdict("skip", f"{told}{_note(skipped.why)}"))
    return Content("   ").join(parts)


def _note(note: str) -> str:
    return f": {clean(note, 120)}" if note else ""


def _verdict(verdict: str, told: str) -> Content:
    said, tone = verdict_span(verdict)
    return Content.styled(said, TONES.get(tone, "")) + Content.styled(told, "$text-muted")


def call_words(call: Call, currency: str) -> Content:
    """A call's facts on one row, or on as many as they need."""
    view = call_view(call, currency)
    trouble = "" if view.trouble.startswith("✓") else view.trouble
    facts = dotted(
        f"{utc(call.at):%Y-%m-%d %H:%M:%SZ}",
        view.version,
        number(call.latency_s, 2, "s") if call.latency_s is not None else "",
        money(call.cost, currency) if call.cost is not None else "",
        clean(call.format, 40),
        ", ".join(tool_names(call)),
        f"user {clean(call.user, 20)}" if call.user else "",
    )
    said = Content.styled(facts, "$text-muted")
    if trouble:
        said += Content("\n") + Content.styled(trouble, "$text-warning")
    return said


def input_words(call: Call) -> Content:
    """What came in, as literal text."""
    return _text(call.input, "input")


def output_words(call: Call) -> Content:
    """What went out, and what a user said was right instead, as literal text."""
    said = _text(call.output, "output")
    if call.correction:
        head = Content.styled("\n\nA user's correction\n", "bold")
        said += head + Content(clean(call.correction, MOST_TEXT, lines=True))
    return said


def _text(text: str, name: str) -> Content:
    if not text:
        return Content.styled(NO_TEXT.format(name), "$text-muted")
    return Content(clean(text, MOST_TEXT, lines=True))


def asked_words(verdict: str, call: str, *, optional: bool) -> tuple[str, str]:
    """Title and prompt where a verdict asks for words."""
    if verdict == "skip":
        return f"Skip {call}", "Why can it not be judged? The reason stays on record."
    what = "wrong with" if verdict == "wrong" else "subtly off in"
    prompt = "The pattern of input, in your own words and not the call's"
    if optional:
        return f"What is {what} {call}?", f"{prompt}; Enter alone leaves it empty."
    known = "; it becomes a known limitation" if verdict == "subtle" else ""
    return f"What is {what} {call}?", f"{prompt}{known}."


def criteria_words(criteria: Sequence[str]) -> Content:
    """The agent's success criteria, against which the outputs are judged (Guide 6.2)."""
    told = dotted(*(clean(one, 200) for one in criteria))
    return Content.styled("judge by  ", "bold") + Content.styled(told, "$text-muted")


def outcome_words(progress: Progress) -> Content:
    """What the verdicts mean: a wrong answer is not yet a declaration; a sample has an end."""
    said = []
    if progress.wrong:
        what = (
            "one wrong answer is" if progress.wrong == 1 else f"{progress.wrong} wrong answers are"
        )
        said.append(
            Content.styled(
                f"▲ {what} not yet a declaration: F9 then 4 declares incorrect outputs",
                "$text-warning",
            )
        )
    if not progress.left:
        lacks = f"; {progress.short} too few, d draws more" if progress.short else ""
        said.append(
            Content.styled(f"✓ every call of this sample is decided{lacks}", "$text-success")
        )
    return Content("\n").join(said)
