"""What the live checks need: how the agent is called, what it calls, its escalation, its load."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from config.base import Line, LineOrEmpty, Model, Positive, Text, Url, filled, refusal
from config.rota import Shift
from config.secret import Headers


def _holds_input(body: str) -> str:
    if "{input}" not in body:
        raise refusal("must hold {input}, which stands for the text that is sent")
    return body


class Invoke(Model):
    """How a synthetic input is sent to the agent (Guide 3.2).

    {input} and {user} in `body` are filled in, escaped for JSON.
    """

    url: Url
    method: Literal["POST", "PUT"] = "POST"
    headers: Headers = Field(default_factory=dict)
    body: Annotated[Text, AfterValidator(_holds_input)] = '{"input": "{input}", "user": "{user}"}'
    timeout_s: Positive = 30.0


class Integration(Model):
    """A service that the agent calls (Guide 3.1), tried by itself."""

    id: Line
    title: Line
    url: Url
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Headers = Field(default_factory=dict)
    expect_status: Annotated[
        tuple[Annotated[int, Field(ge=100, le=599)], ...], Strict(False), AfterValidator(filled)
    ] = (200,)
    secondary: bool = False
    timeout_s: Positive = 10.0


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise refusal("must be a SHA-256 in 64 hex digits: printf %s SECRET | sha256sum")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?", text):
        raise refusal("must be a host such as staging.example.com or localhost:9001, not a URL")
    return text.rstrip(".")


class Staging(Model):
    """What must not be found in production (Guide 3.1): hosts, and hashes of secrets.

    A host stands for all below it too; with a port only for that port.
    """

    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Strict(False)] = ()
    secret_sha256: Annotated[
        tuple[Annotated[str, AfterValidator(_sha256)], ...], Strict(False)
    ] = ()


class Escalation(Model):
    """The live escalation path (Guide 5.1): what triggers it, who answers, in what time.

    Without `sla_s` it is the guide's: 15 min for customers, 1 h inside. Outside the shifts of
    `rota` it is the reviewer who answers; of several shifts the first counts.
    """

    input: Text
    reviewer: Line
    backup: Line | None = None
    sla_s: Positive | None = None
    fallback: LineOrEmpty = ""
    rota: Annotated[tuple[Shift, ...], Strict(False)] = ()


class Load(Model):
    """The expected peak, which a load test must double (Guide 1)."""

    peak_calls_per_s: Positive
