"""Rules for all tests."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a `service` test into a failure on the build server, where nobody reads why something was skipped."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("service") is not None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"CI is set and a service is missing: {reason.removeprefix('Skipped: ')}"
    return report
