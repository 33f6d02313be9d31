"""Reconciliation of custody: each day's statements against the books, and the lines that explain a difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Caller, Page, Parts, Supervisor, plain_text
from api.facts import Read
from api.openapi import described
from api.problems import Problem
from api.reading.times import moment
from api.services import CustodyDay, Parts as _Services
