"""Whether a post-mortem's three outputs say enough (Guide 6.4). Each refusal is one sentence.

Blameless is a matter of people; specific is one of words, and that is all that is looked at here.
"""

import re
from collections.abc import Sequence
from datetime import date

from console.domain.events_incident import Addressed
from console.domain.refused import Refused, words
from console.domain.times import utc

WHERE: dict[Addressed, str] = {
    "test-set": "the test set",
    "prompt": "the system prompt",
    "infrastructure": "the infrastructure or configuration",
}
LEAST_WORDS = 2
_WORD = re.compile(r"[\w'’-]+")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
# Words that say that something went wrong, or whose it is, and nothing of what caused it.
_VAGUE = frozenset(
    _WORD.findall(
        """
        a an and again all also any are as at bad badly because been being broke broken bug
        buggy but by completely crash crashed customers did didn't do does doesn't down error
        erred errors everybody everyone fail failed fails failing failure fault few for found
        from go-live had has have human in incident is issue issues it its just known live made
        make malfunction malfunctioned many mistake mistakes misbehaved misbehaving more most
        n/a na no not nothing none of on or our outage problem problems production properly
        really right root cause simply so some somehow something stopped tbd that the their them
        there they thing things this to today todo unclear unexpected unexpectedly unknown us
        user users very was we went were what when which while with work worked working works
        wrong wrongly yesterday yet agent ai assistant bot calls deployment go hallucinated
        hallucination hallucinations input inputs llm model operator output outputs person
        release rollout service software staff system
        """
    )
)
_NAMES: dict[Addressed, re.Pattern[str]] = {
    "test-set": re.compile(
        r"\b(?:test[- ]?(?:set|case|suite)s?|eval(?:uation)?s?)\b", re.IGNORECASE
    ),
    "prompt": re.compile(r"\bprompts?\b", re.IGNORECASE),
    "infrastructure": re.compile(
        r"\b(?:infrastructure|configuration|config|deployment|server|network|rate limits?)\b",
        re.IGNORECASE,
    ),
}
_NONE = re.compile(r"\s*no\s+re-?deployment\b\W*(.*)", re.IGNORECASE | re.DOTALL)


def root_cause(text: str) -> str:
    """The specific root cause, or `Refused`."""
    text = words(text, "the specific root cause")
    if _specific(text) < LEAST_WORDS:
        raise Refused(
            f'"{_short(text)}" does not say what caused it: name the input, the configuration or '
            "the infrastructure condition (Guide 6.4)"
        )
    return text


def change(text: str, where: Sequence[Addressed]) -> tuple[str, tuple[Addressed, ...]]:
    """The specific change and what it is made to, or `Refused`.

    What it is made to may be said in `where`, or by naming it in the text.
    """
    text = words(text, "the specific change")
    if len(_WORD.findall(text)) < LEAST_WORDS:
        raise Refused(f'"{_short(text)}" is no specific change: say what is changed, and how')
    named = tuple(dict.fromkeys(where)) or tuple(
        one for one, pattern in _NAMES.items() if pattern.search(text)
    )
    if not named:
        raise Refused(
            "say to what the change is made: the test set, the prompt or the infrastructure "
            "(--where test-set, prompt or infrastructure)"
        )
    return text, named


def revised_timeline(text: str, now: float) -> str:
    """The revised timeline, or `Refused`.

    It names a day that is not past at `now` (unix seconds), or says why nothing is deployed again.
    """
    text = words(text, "the revised timeline")
    if found := _NONE.match(text):
        if len(_WORD.findall(found[1])) < LEAST_WORDS:
            raise Refused("say why there is no re-deployment, in a few words")
        return text
    days = [day for one in _DAY.findall(text) if (day := _day(one)) is not None]
    if not days:
        raise Refused(
            "the revised timeline has no date: name the day such as 2026-12-01 on which the dark "
            'launch comes again, or write "no re-deployment" and why'
        )
    if max(days) < utc(now).date():
        raise Refused(f"the revised timeline ends on {max(days)}, which is past: name a later day")
    return text


def _specific(text: str) -> int:
    """How many words of `text` could name a cause."""
    told = {word.strip("'’-").casefold().replace("’", "'") for word in _WORD.findall(text)}
    return len({word for word in told - _VAGUE if len(word) > 1})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
