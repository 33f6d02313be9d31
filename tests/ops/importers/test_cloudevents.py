"""Our own NDJSON goes through as it stands."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ops.importers.base import ImportProblem
from ops.importers.cloudevents import CloudEvents


def test_each_line_is_an_event_and_bad_lines_are_named(tmp_path: Path) -> None:
    text = '{"id":"1","type":"a","n":1}\n\n[1]\nnonsense\n{"id":"2","type":"b"}'
    (tmp_path / "one.ndjson").write_text(text)
    (tmp_path / "two.jsonl.gz").write_bytes(gzip.compress(b'{"id":"3","type":"a"}\n'))
    importer = CloudEvents()
    rows = list(importer.read([tmp_path]))
    assert [row.rejected for row in rows] == [None, "not_an_object", "not_json", None, None]
    assert [event["id"] for row in rows for event in row.events] == ["1", "2", "3"]
    sums = importer.totals()
    for row in rows:
        sums.add(row)
    assert sums.result() == {"rows": 5, "by_type": {"a": 2, "b": 1}}
    assert importer.setup([tmp_path]) == []


def test_a_folder_without_ndjson_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match="ndjson"):
        list(CloudEvents().read([tmp_path]))
