"""What all models of `warroom.toml` share: frozen, strict, closed; one way to refuse."""

import re
from collections.abc import Iterable, Sized
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Filled = TypeVar("Filled", bound=Sized)


class Model(BaseModel):
    """Frozen and strict; an unknown key is refused; errors never show the input."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        defer_build=True,  # what a command never validates costs it no time
    )


def refusal(*problems: str | tuple[str | int, ...]) -> PydanticCustomError:
    """An error that names one or more problems.

    A problem is a sentence about the value itself, or a tuple of a sentence and the keys that lead
    from the value to the place it is about.
    """
    listed = [(problem,) if isinstance(problem, str) else problem for problem in problems]
    return PydanticCustomError(
        "refusal",
        "{sentences}",
        {"sentences": "; ".join(str(problem[0]) for problem in listed), "problems": listed},
    )


def repeated(names: Iterable[str]) -> list[int]:
    """The places of names that an earlier place already has."""
    seen: set[str] = set()
    places = []
    for place, name in enumerate(names):
        if name in seen:
            places.append(place)
        seen.add(name)
    return places


def _line(text: str) -> str:
    if not text.strip() or len(text) > 200 or not text.isprintable():
        raise refusal("must be one line of 1 to 200 printable characters")
    return text


def _line_or_empty(text: str) -> str:
    return _line(text) if text else text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port != 0
    except ValueError:
        raise refusal("is not a URL such as https://host:8443/path") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise refusal("must be a URL that begins with http:// or https:// and names a host")
    if not text.isprintable() or " " in text:
        raise refusal("must not hold spaces or control characters")
    if parts.username is not None or parts.password is not None:
        raise refusal("must not hold a password; put it in `headers` as { env = … }")
    return text


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", text):
        raise refusal("a header's name holds only letters, digits and hyphens")
    return text


def _fraction(number: float) -> float:
    if not 0 < number < 1:
        raise refusal("must be a fraction between 0 and 1, such as 0.995")
    return number


def filled(value: Filled) -> Filled:
    """Refuse an empty list or table, once its entries are valid."""
    if not value:
        raise refusal("must not be empty")
    return value


Line = Annotated[str, AfterValidator(_line)]
LineOrEmpty = Annotated[str, AfterValidator(_line_or_empty)]
Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, AfterValidator(_url)]
Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, AfterValidator(_fraction)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
