"""Every value of a config, each with its place in the file."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from config.secret import Secret


def leaves(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """What stands in `value`, a config or a part of it, as (place, text, number or `Secret`).

    A place is such as `feeds.calls.url` or `people[2].notify[0]`.
    """
    if isinstance(value, BaseModel) and not isinstance(value, Secret):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), f"{place}.{name}".removeprefix("."))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{place}[{number}]")
    else:
        yield place, value
