"""Acting: one request or one command, sent once. Its answer is never proof of anything."""

from pathlib import Path
from typing import Literal

import msgspec

from config.rollback import Step
from config.secret import MissingSecret
from console.actions import command
from console.actions.values import Values, is_json
from console.clean import clean
from console.net import Http, NetError, origin_of, resolve_headers, status_error

Answer = Literal["accepted", "refused", "lost", "unsent"]

_NOT_NOW = frozenset({408, 425, 429})


class Sent(msgspec.Struct, frozen=True):
    """What came back.

    "accepted" says that it will be so, "refused" that it will not; "lost" is no answer or a fault,
    so that it may or may not take effect; "unsent" never left. `detail` is one cleaned sentence;
    `retry_after_s` is the patience that the server asks for.
    """

    answer: Answer
    detail: str
    retry_after_s: float | None = None


async def act(
    step: Step,
    values: Values,
    key: str,
    http: Http,
    base: Path,
    *,
    deadline_s: float | None = None,
) -> Sent:
    """Do `step` once, within `deadline_s` real seconds (else its `timeout_s`).

    A request carries `key` as its Idempotency-Key, a command finds it in WARROOM_KEY. Relative
    paths start at `base`.
    """
    deadline_s = step.timeout_s if deadline_s is None else deadline_s
    if step.url is not None:
        return await _request(step, step.url, values, key, http, base, deadline_s)
    return await _command(step, values, key, base, deadline_s)


async def _request(
    step: Step, url: str, values: Values, key: str, http: Http, base: Path, deadline_s: float
) -> Sent:
    url = values.fill_url(url, key)
    body = values.fill_body(step.body, key)
    try:
        headers = {
            name: secret.reveal(base)
            for name, secret in step.headers.items()
            if name.lower() != "idempotency-key"
        }
    except MissingSecret as missing:
        return Sent("unsent", clean(f"it was not sent: {missing}"))
    plain, bound = resolve_headers(url, headers)
    plain["Idempotency-Key"] = key
    if is_json(body) and "content-type" not in {name.lower() for name in headers}:
        plain["Content-Type"] = "application/json"
    try:
        response = await http.fetch(
            step.method,
            url,
            headers=plain,
            secret_headers=bound,
            body=body.encode() or None,
            deadline_s=deadline_s,
        )
    except NetError as error:
        return Sent("refused" if error.kind == "redirect" else "lost", clean(error.sentence))
    if response.status in step.expect_status:
        return Sent("accepted", f"{response.status} from {origin_of(url)}")
    told = status_error(response, url)
    lost = response.status >= 500 or response.status in _NOT_NOW
    return Sent("lost" if lost else "refused", clean(told.sentence), told.retry_after_s)


async def _command(step: Step, values: Values, key: str, base: Path, deadline_s: float) -> Sent:
    argv = [values.fill(word, key) for word in step.argv or ()]
    try:
        ran = await command.run(
            argv,
            cwd=base / (step.cwd or ""),
            extra=values.environment(key),
            deadline_s=deadline_s,
        )
    except command.NotStarted as error:
        return Sent("unsent", str(error))
    if ran.code is None:
        return Sent("lost", clean(f"{argv[0]} was ended after {deadline_s:.2g} s"))
    answer: Answer = "lost" if ran.code < 0 else "refused" if ran.code else "accepted"
    return Sent(answer, clean(f"{argv[0]}: {ran.how}"))
