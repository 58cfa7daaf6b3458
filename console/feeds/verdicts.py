"""What evaluators, filters and users said of an answer, as far as its trace tells.

Only what is about safety or policy is a flag: an answer found irrelevant is not unsafe. A safety
evaluation is passed only by a label that says so; a score without a label decides nothing, for
some evaluators count up and some count down.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

EVALUATION = "gen_ai.evaluation.result"
_SAFETY = [
    "safety",
    "safe",
    "toxic",
    "harm",
    "hate",
    "violence",
    "sexual",
    "self-harm",
    "self_harm",
    "jailbreak",
    "injection",
    "pii",
    "privacy",
    "policy",
    "moderation",
    "guardrail",
    "content_filter",
    "abuse",
    "bias",
]
_PASSED = frozenset(
    [
        "pass",
        "passed",
        "safe",
        "ok",
        "none",
        "no",
        "false",
        "clean",
        "negative",
        "allowed",
        "benign",
        "low",
        "very_low",
        "compliant",
        "unbiased",
    ]
)
_FILTERED = frozenset({"content_filter", "content_filtered", "safety"})
_OPINIONS = frozenset(
    [
        "positive",
        "negative",
        "neutral",
        "up",
        "down",
        "thumbs_up",
        "thumbs_down",
        "like",
        "dislike",
        "good",
        "bad",
    ]
)
_FEEDBACK_KEYS = ("feedback", "user.feedback", "gen_ai.feedback")
MOST_EVALUATIONS = 50


def evaluations(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The evaluation events, each as `name`, `label` and `score`."""
    found = []
    for event in events:
        told = event["attributes"]
        label = told.get("gen_ai.evaluation.score.label")
        found.append(
            {
                "name": str(told.get("gen_ai.evaluation.name") or "evaluation"),
                "label": "" if label is None else str(label),
                "score": told.get("gen_ai.evaluation.score.value"),
            }
        )
    return found[:MOST_EVALUATIONS]


def flags(spans: Sequence[Mapping[str, Any]], judged: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was flagged: an attribute `flags`, filtered answers, guardrails, safety evaluations."""
    raised: dict[str, None] = {}
    for span in spans:
        attributes = span["attributes"]
        said = attributes.get("flags")
        raised |= dict.fromkeys(
            map(str, said if isinstance(said, list) else [said] if said else ())
        )
        ended = attributes.get("gen_ai.response.finish_reasons")
        ended = ended if isinstance(ended, list) else [ended]
        if any(str(why).lower() in _FILTERED for why in ended):
            raised["content_filter"] = None
        guards = attributes.get("openinference.span.kind") == "GUARDRAIL"
        if guards and span["status"] == "error":
            raised[f"guardrail {span['name']}".strip()] = None
    for one in judged:
        if _about_safety(one["name"]) and one["label"] and not _is_passed(one["label"]):
            raised[f"{one['name']}: {one['label']}"] = None
    return list(raised)


def _about_safety(name: str) -> bool:
    return any(word in name.lower() for word in _SAFETY)


def _is_passed(label: str) -> bool:
    said = label.strip().lower().replace(" ", "_").replace("-", "_")
    return said in _PASSED or said.startswith(("not_", "non_", "no_"))


def feedback(attributes: Mapping[str, Any], judged: Sequence[Mapping[str, Any]]) -> Any:
    """What the user thought: an attribute, or an evaluation named feedback; None if unknown."""
    for key in _FEEDBACK_KEYS:
        if key in attributes:
            return _opinion(attributes[key])
    for one in judged:
        if "feedback" in one["name"].lower():
            told = _opinion(one["label"] or None)
            return _opinion(one["score"]) if told is None else told
    return None


def _opinion(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.strip().lower().replace("-", "_") in _OPINIONS else None
    return value if isinstance(value, bool | int | float) else None
