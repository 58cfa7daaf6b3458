"""A command's result is handed on as it is: nobody makes a text of it on the way."""

import pytest

from console.cli.running import run


class Large:
    """Something that must not be written out."""

    def __repr__(self) -> str:
        raise AssertionError("somebody makes a text of it")


def test_the_result_is_never_written_out() -> None:
    large = Large()

    async def look() -> tuple[Large, int]:
        return large, 1

    assert run(look())[0] is large


def test_an_error_passes() -> None:
    async def fail() -> None:
        raise LookupError("not here")

    with pytest.raises(LookupError, match="not here"):
        run(fail())
