"""`[items.ID]`: a team may take an item more strictly than the guide, never less."""

import pytest

from config.load import ConfigError, parse
from tests.config.sample import longer

BAD = {
    "unknown item": (
        "[items.load-tets]\nexpires_days = 7",
        '23: items.load-tets: there is no item "load-tets"; did you mean "load-test"?',
    ),
    "unlike any item": (
        "[items.zzzzzz]\nhard = true",
        '23: items.zzzzzz: there is no item "zzzzzz" (one of: sprint-report, lead-named, ',
    ),
    "older than the guide allows": (
        "[items.load-test]\nexpires_days = 31",
        "24: items.load-test.expires_days: is looser than the guide's 30 days; "
        "only fewer are possible",
    ),
    "good for no day": (
        "[items.logging]\nexpires_days = 0",
        "24: items.logging.expires_days: must be more than 0",
    ),
    "softer": (
        "[items.logging]\nsoft = true",
        "24: items.logging.soft: is not a known key (one of: expires_days, hard)",
    ),
}


@pytest.mark.parametrize(("text", "why"), BAD.values(), ids=BAD)
def test_what_is_unknown_or_looser_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(longer(text).encode())
    (problem,) = caught.value.problems
    assert problem.startswith(f"warroom.toml:{why}")
    if why.endswith("?"):
        assert problem.endswith("?"), "a list of all items hides the one that was meant"


def test_what_is_stricter_is_taken() -> None:
    told = parse(
        longer("[items.load-test]\nexpires_days = 30\n[items.logging]\nhard = false").encode()
    )
    assert told.items["load-test"].expires_days == 30
    assert (told.items["logging"].expires_days, told.items["logging"].hard) == (None, False)
