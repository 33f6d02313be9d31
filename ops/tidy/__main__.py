"""`python -m ops.tidy`: prints each finding on a line; exit code 1 where there is one."""

from __future__ import annotations

import sys
from collections import Counter

from ops.tidy.runner import check_repository


def main() -> int:
    """Check the repository; an exit code."""
    findings = check_repository()
    for finding in findings:
        print(finding)
    if findings:
        counts = ", ".join(f"{count} {rule}" for rule, count in Counter(one.rule for one in findings).most_common())
        print(f"tidy: {counts}. Leave with a reason: `# tidy: allow RULE -- because ...` on the line or above it.")
        return 1
    print("tidy: all files are tidy")
    return 0


if __name__ == "__main__":
    sys.exit(main())
