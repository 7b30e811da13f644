"""Fail where the tests reach too few branches: `check_branches.py COVERAGE.json PERCENT`.

coverage's own limit (`fail_under`) is on lines and branches together, which lets many lines hide a few branches. Says nothing
where all is well, so that the test runner's summary stays the last line.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Compare the share of branches in the report with the limit."""
    totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
    percent = 100 * totals["covered_branches"] / totals["num_branches"]
    if percent < float(sys.argv[2]):
        sys.exit(f"The tests reach {percent:.1f} % of the branches; {sys.argv[2]} % are needed.")


if __name__ == "__main__":
    main()
