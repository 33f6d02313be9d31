"""The published inputs that rules read: name, columns with their types, the views behind them. SQL: sql/inputs.sql."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, LiteralString, NamedTuple

from ledger.kernel import named_sql

SQL = named_sql.load(Path(__file__).with_name("sql") / "inputs.sql")

Type = Literal["bigint", "text", "numeric"]  # numeric: integers without a bound, such as sums


class Input(NamedTuple):
    """A relation with a version of its own: columns are added, never changed. `views` bound the cutoff."""

    columns: Mapping[str, Type]
    views: tuple[str, ...]

    def named(self, *types: Type) -> list[str]:
        """The columns of these types."""
        return [name for name, kind in self.columns.items() if kind in types]


def _input(views: str, **columns: Type) -> Input:
    return Input({"position": "bigint", "day": "bigint", "epoch": "bigint", **columns}, tuple(views.split()))


INPUTS: Mapping[str, Input] = {
    "v1.pledge": _input(
        "pledges campaigns", platform="text", pledge="text", campaign="text", investor="text", issuer="text",
        campaign_kind="text", jurisdiction="text", campaign_day="bigint", amount="bigint", currency="text",
        cancelled_day="bigint",
    ),
    "v1.backing": _input("pledges", platform="text", campaign="text", investor="text", backers="bigint"),
    "v1.channel": _input(
        "pledges transfers", platform="text", act="text", investor="text", campaign="text", channel="text",
        value="text",
    ),
    "v1.related_pledge": _input(
        "pledges campaigns investors", link_position="bigint", second_position="bigint", platform="text", pledge="text",
        campaign="text", investor="text", issuer="text", link="text", amount="bigint", currency="text", goal="bigint",
        raised="numeric",
    ),
    "v1.payment": _input(
        "pledges transfers", platform="text", act="text", payer="text", payee="text", amount="bigint", currency="text",
    ),
    "v1.debt": _input(
        "loans investors", disbursed="bigint", platform="text", loan="text", borrower="text", borrower_kind="text",
        jurisdiction="text", currency="text", change="bigint",
    ),
    "v1.raise": _input(
        "campaigns investors pledges", platform="text", campaign="text", issuer="text", owner="text",
        campaign_kind="text", jurisdiction="text", currency="text", offered="bigint", outcome="text", pledged="numeric",
    ),
    "v1.close": _input(
        "campaigns pledges", platform="text", campaign="text", issuer="text", campaign_kind="text", funding="text",
        jurisdiction="text", currency="text", outcome="text", goal="bigint", pledged="numeric",
    ),
    "v1.custody_line": _input(
        "platforms", platform="text", currency="text", accounts="bigint", reported="numeric", derived="numeric",
        unsettled="numeric", line="text", account="text", amount="bigint",
    ),
    "v1.activity": _input("platforms", platform="text", standing="text", gap="bigint"),
    "v1.parked": _input("", platform="text", event="text", type="text", missing="text"),
}  # fmt: skip


def statement(name: str) -> LiteralString:
    """The query behind an input."""
    return SQL[name.replace(".", "_")]
