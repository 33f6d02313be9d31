"""Large bodies are refused before they are in memory, also where nobody knows yet who sends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.app import BODY_BYTES_MAX
from ledger.events.cases import EVIDENCE_BYTES_MAX
from tests.api.house import House, assert_problem

JSON = {"Content-Type": "application/json"}
PATHS = (
    "/v1/alerts/none/actions", "/v1/cases", "/v1/eligibility", "/v1/investor-links", "/v1/me/complaints",
    "/v1/rulebooks/what-if", "/v1/vault/lookups",
)  # fmt: skip


def _pieces(size: int) -> Iterator[bytes]:
    """A body whose length nobody says beforehand."""
    for start in range(0, size, 1 << 16):
        yield b" " * min(1 << 16, size - start)


@pytest.mark.parametrize("who", [None, "huizhong", "registry"])
@pytest.mark.parametrize("path", PATHS)
def test_a_body_is_refused_by_its_size(house: House, who: str | None, path: str) -> None:
    with house.client(who) as client:
        assert_problem(client.post(path, content=b" " * (BODY_BYTES_MAX + 1), headers=JSON), 413, "too_large")
        assert_problem(client.post(path, content=_pieces(4 * BODY_BYTES_MAX), headers=JSON), 413, "too_large")
        assert client.post(path, content=b" " * BODY_BYTES_MAX, headers=JSON).status_code != 413


def test_a_file_of_a_case_may_have_as_much_as_is_said(house: House) -> None:
    with house.client("registry") as client:
        sent = client.post("/v1/cases/none/evidence?name=a", content=b"a" * EVIDENCE_BYTES_MAX)
        assert_problem(sent, 404, "not_found")
        for more in (1, 2, 1 << 20):
            sent = client.post("/v1/cases/none/evidence?name=a", content=b"a" * (EVIDENCE_BYTES_MAX + more))
            assert_problem(sent, 413, "too_large")
