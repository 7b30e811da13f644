"""Writes the published JSON Schema: `python -m trafficflou.metrics.summary_schema > docs/schemas/summary-1.json`."""

import json
import sys

from trafficflou.metrics.summary import summary_json_schema

__all__ = ["main"]


def main() -> None:
    """Print the schema of `summary.json`."""
    sys.stdout.write(json.dumps(summary_json_schema(), indent=2) + "\n")


if __name__ == "__main__":
    main()
