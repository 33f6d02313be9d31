"""The closed lists of casework with their words: what a form offers, and what a code means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.deps import Nothing, Parts, Supervisor, plain_text
from api.openapi import described
from ledger.casework.lists import Words, lists

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


@router.get("/casework", responses=described("Reason codes, agencies, kinds of sanctions, service levels.", 401, 403))
def get_casework(parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """Each list with its words in Chinese and English; service levels in working days by severity."""
    found = lists()
    body: dict[str, Any] = {
        "false_positive_reasons": _show(found.false_positives),
        "agencies": _show(found.agencies),
        "sanctions": _show(found.sanctions),
        "service_levels": dict(found.service_levels),
    }
    return facts.answer(body, facts.AsOf(parts.head_position(), 0.0))


def _show(words: Mapping[str, Words]) -> list[dict[str, str]]:
    return [{"code": code, "zh": each.zh, "en": each.en} for code, each in words.items()]
