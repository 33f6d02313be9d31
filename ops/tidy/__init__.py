"""Our own lint: the rules that no bought linter knows. `python -m ops.tidy` prints what breaks them; exit code 1."""

from ops.tidy.finding import Finding
from ops.tidy.runner import check_repository, check_text

__all__ = ["Finding", "check_repository", "check_text"]
