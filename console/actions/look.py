"""Looking at the system itself: the only thing that proves a step (Guide 3.5)."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from config.rollback import Prove, ReadBack, Step
from config.secret import Headers, MissingSecret
from console.actions import command
from console.actions.values import Values
from console.clean import clean
from console.net import Http, NetError, origin_of, resolve_headers, status_error

StepState = Literal["verified", "failed", "unknown"]

_CAP_BYTES = 1024 * 1024
_SEGMENT = re.compile(r"([^\[\]]*)((?:\[\d+\])*)")


class Outcome(msgspec.Struct, frozen=True):
    """What was seen of a step, in one cleaned sentence."""

    state: StepState
    detail: str


async def read_back(
    step: Step,
    values: Values,
    key: str,
    http: Http,
    base: Path,
    *,
    deadline_s: float | None = None,
) -> Outcome:
    """Look once whether `step` has taken effect, for at most `deadline_s` (else its `timeout_s`).

    "verified" if the system shows the value, "failed" if it shows another, "unknown" if it cannot
    be seen. Relative paths start at `base`.
    """
    deadline_s = step.timeout_s if deadline_s is None else deadline_s
    if step.read_back is not None:
        return await _ask(step.read_back, step.headers, values, key, http, base, deadline_s)
    if step.prove is not None:
        return await _prove(step.prove, step, values, key, base, deadline_s)
    return Outcome("unknown", "the step has no read_back and no prove, so nothing shows its effect")


async def _ask(
    spec: ReadBack,
    step_headers: Headers,
    values: Values,
    key: str,
    http: Http,
    base: Path,
    deadline_s: float,
) -> Outcome:
    url = values.fill_url(spec.url, key)
    try:
        headers = {name: secret.reveal(base) for name, secret in spec.headers.items()}
    except MissingSecret as missing:
        return Outcome("unknown", clean(f"it cannot be read back: {missing}"))
    plain, bound = resolve_headers(url, headers)
    try:
        response = await http.fetch(
            "GET",
            url,
            headers=plain,
            secret_headers=bound,
            deadline_s=deadline_s,
            cap_bytes=_CAP_BYTES,
            accept="application/json",
        )
    except NetError as error:
        return Outcome("unknown", clean(f"it cannot be read back: {error.sentence}"))
    if not 200 <= response.status < 300:
        sentence = status_error(response, url).sentence
        return Outcome("unknown", clean(f"it cannot be read back: {sentence}"))
    try:
        answer = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Outcome("unknown", clean(f"{origin_of(url)} reads back as something else than JSON"))
    hidden = [secret.get_secret_value() for secret in headers.values()]
    hidden += _revealable(step_headers, base)
    wanted = values.fill(spec.equals, key) if isinstance(spec.equals, str) else spec.equals
    return _compared(
        answer, [values.fill(s, key) for s in spec.path.split(".")], wanted, origin_of(url), hidden
    )


def _compared(
    answer: object, segments: list[str], wanted: object, where: str, hidden: Iterable[str]
) -> Outcome:
    path = ".".join(segments)
    try:
        seen = _at(answer, segments)
    except LookupError:
        return Outcome("unknown", clean(f"the answer of {where} holds no {path}"))
    if isinstance(seen, dict | list):
        return Outcome("unknown", clean(f"{path} of {where} is not one value but several"))
    shown = clean(_shown(seen, hidden), 120)
    if _same(seen, wanted):
        return Outcome("verified", clean(f"{where} shows {path} = {shown}"))
    hope = clean(_shown(wanted, ()), 120)
    return Outcome("failed", clean(f"{where} shows {path} = {shown}, not {hope}"))


def _at(answer: object, segments: list[str]) -> object:
    """The value at the path; `LookupError` if the answer holds none."""
    for segment in segments:
        match = _SEGMENT.fullmatch(segment)
        if match is None:
            raise LookupError(segment)
        name, places = match.groups()
        if name or not places:
            if not isinstance(answer, dict):
                raise LookupError(segment)
            answer = answer[name]
        for place in re.findall(r"\d+", places):
            if not isinstance(answer, list) or int(place) >= len(answer):
                raise LookupError(segment)
            answer = answer[int(place)]
    return answer


def _same(seen: object, wanted: object) -> bool:
    """Equal as JSON: true is not 1, "0" is not 0, 0.0 is 0."""
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    return seen == wanted


def _shown(value: object, hidden: Iterable[str]) -> str:
    text = msgspec.json.encode(value).decode()
    for secret in hidden:
        for word in secret.split():
            if len(word) >= 4:
                text = text.replace(msgspec.json.encode(word).decode()[1:-1], "•••")
    return text


def _revealable(headers: Headers, base: Path) -> list[str]:
    """The secrets of `headers` that are there; the others cannot be shown by anybody."""
    revealed = []
    for secret in headers.values():
        try:
            revealed.append(secret.reveal(base).get_secret_value())
        except MissingSecret:
            continue
    return revealed


async def _prove(
    spec: Prove, step: Step, values: Values, key: str, base: Path, deadline_s: float
) -> Outcome:
    program = spec.argv[0]
    needle = values.fill(spec.contains, key).strip()
    if not needle:
        return Outcome("unknown", "`prove.contains` is empty here, and anything contains nothing")
    try:
        ran = await command.run(
            [values.fill(word, key) for word in spec.argv],
            cwd=base / (step.cwd or ""),
            extra=values.environment(key),
            deadline_s=deadline_s,
        )
    except command.NotStarted as error:
        return Outcome("unknown", clean(str(error)))
    return _judged(ran, program, needle)


def _judged(ran: command.Ran, program: str, needle: str) -> Outcome:
    """What the output of a proof shows; its word counts only if it ended well."""
    if ran.code != 0:
        return Outcome("unknown", clean(f"{program} gave no proof: {ran.how}"))
    if _holds(ran.out, needle):
        return Outcome("verified", clean(f'{program} shows "{needle}"'))
    if ran.cut:
        return Outcome("unknown", clean(f'{program} printed too much, without "{needle}" at first'))
    return Outcome("failed", clean(f'{program} does not show "{needle}" but "{ran.last_line}"'))


def _holds(text: str, needle: str) -> bool:
    """Whether `needle` stands in `text` as whole words: v2.3.1 is not in v2.3.10."""
    before = r"(?<!\w)" if re.match(r"\w", needle) else ""
    after = r"(?!\w)" if re.search(r"\w$", needle) else ""
    return re.search(before + re.escape(needle) + after, text) is not None
