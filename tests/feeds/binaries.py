"""Programs of the machine that tests need."""

import os
import shutil

import pytest


def needed(name: str, package: str) -> str:
    """Where the program is; else the test is skipped, and fails in CI."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        why = f"{name} is not installed (Debian: apt-get install {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found
