"""For every test: on CI nothing is skipped, and this account's own state is out of reach."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The suite keeps every core busy, so how long an example took says nothing of its strategy.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

HERE = Path(__file__).parent

# Files that wait most of their time, for a terminal, a demo or a server, and the longest that
# compute: they begin early, apart from each other, so that the end of the suite waits for none.
LONG = (
    "app/test_gates_by_keyboard.py",
    "app/test_two_machines.py",
    "room/test_replay_demo.py",
    "app/test_walk_terminal.py",
    "executor/test_chaos.py",
    "domain/test_machine.py",
    "room/test_demo.py",
    "cli/test_live.py",
    "room/test_agent.py",
    "room/test_prometheus.py",
    "demo/test_scraped.py",
    "sync/test_brokers.py",
    "sync/test_lease.py",
    "room/test_crosscheck_agent.py",
    "cli/test_check.py",
    "room/test_alertmanager.py",
    "domain/test_drift_rates.py",
    "feeds/test_jsonl_since.py",
    "cli/test_sync_minutes.py",
)
APART = 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files, those with most tests first, and every few of them a long one."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.relative_to(HERE).as_posix(), []).append(item)
    others = sorted((name for name in files if name not in LONG), key=lambda n: -len(files[n]))
    for number, name in enumerate(name for name in LONG if name in files):
        others.insert(number * (APART + 1), name)
    items[:] = [item for name in others for item in files[name]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one where CI is set; an expected failure stays what it is."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = _why(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = _why(report)
    return report


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return f"{reason}\nCI is set, so a test that is skipped has failed."


@pytest.fixture(scope="session", autouse=True)
def _no_state_of_this_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point what the console remembers at an empty directory, and forget who is at the keys."""
    state: Path = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        patch.delenv("WARROOM_AS", raising=False)
        yield
