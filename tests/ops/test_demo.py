"""The demo: who is matched with what, where it lives, how it fails, and all of it from end to end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import psycopg
import pytest

from ops import instance
from ops.demo import house, scratch
from ops.demo.errors import DemoError
from ops.demo.summary import Summary
from ops.settings import Settings
from ops.simulator import detection
from ops.simulator.detection import Detection
from ops.simulator.frauds import PLANTS
from ops.simulator.matching import Alert, Verdict, falls_for, judge, points_at
from ops.simulator.model import Decoy, Planted
from ops.simulator.play import PlayResult

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 3, 10)


def planted(*subjects: str, typology: str = "I03 structuring under threshold") -> Planted:
    return Planted("structuring", typology, "amounts", subjects, "结构化", "structuring", DAY, DAY)


def alert(*subjects: str, rule: str = "I03-structuring", evidence: tuple[int, ...] = (), day: date = DAY) -> Alert:
    return Alert("a", rule, frozenset(subjects), frozenset(evidence), day, day)


def silent(_line: str) -> None:
    pass


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestMatching:
    def test_an_alert_on_the_culprit_finds_the_fraud_whatever_its_rule(self) -> None:
        plant = planted("party:anjie/ST-00001")
        assert points_at(alert("party:anjie/ST-00001", rule="X09-other"), plant, frozenset())

    def test_an_alert_on_somebody_else_does_not(self) -> None:
        assert not points_at(alert("party:anjie/U-1", evidence=(1, 2, 3)), planted("party:anjie/ST-00001"), frozenset())

    def test_an_alert_that_rests_on_its_events_does(self) -> None:
        at = frozenset({4, 5, 6})
        assert points_at(alert("person:abc", evidence=(4, 5, 6, 9)), planted("party:anjie/ST-00001"), at)
        assert not points_at(alert("person:abc", evidence=(4, 5, 6, 9, 10, 11, 12)), planted("party:x/y"), at)

    def test_a_platform_alone_needs_a_rule_of_the_same_typology(self) -> None:
        plant = planted("platform:anjie", typology="P02 fund pool")
        assert points_at(alert("platform:anjie", rule="P02-custody-gap"), plant, frozenset())
        assert not points_at(alert("platform:anjie", rule="P12-teaser"), plant, frozenset())

    def test_an_alert_from_before_the_fraud_is_chance(self) -> None:
        early = alert("party:anjie/ST-00001", day=date(2026, 3, 9))
        assert not points_at(early, planted("party:anjie/ST-00001"), frozenset())

    def test_verdicts_count_by_rule_and_the_rest_is_other(self) -> None:
        alerts = [alert("party:a/1"), alert("party:a/1"), alert("party:a/2"), alert("party:a/1", rule="C01-self")]
        (verdict,), others = judge([planted("party:a/1")], alerts, {})
        assert verdict.rules == Counter({"I03-structuring": 2, "C01-self": 1})
        assert verdict.found
        assert others == [alerts[2]]

    def test_a_fraud_that_nothing_points_at_is_missed(self) -> None:
        (verdict,), _ = judge([planted("party:a/1")], [], {})
        assert not verdict.found


class TestDetection:
    def test_the_budget_takes_the_most_urgent_and_the_id_decides(self) -> None:
        calm = [alert("party:a/9")._replace(id=f"z{n}", severity="low", score=n) for n in range(detection.BUDGET + 5)]
        grave = alert("party:a/1")._replace(id="y", severity="critical")
        measured = detection.measure([planted("party:a/1")], [], [*calm, grave], {})
        assert (measured.looked_at, measured.hits, measured.others) == (200, 1, 205)
        assert measured.precision == 0.005

    def test_an_alert_of_its_typology_on_a_decoy_is_counted_and_any_other_is_not(self) -> None:
        decoy = Decoy("I03", ("party:a/7",), "诚实", "honest")
        assert falls_for(alert("party:a/7"), decoy)
        assert not falls_for(alert("party:a/7", rule="I09-pass"), decoy)
        measured = detection.measure([planted("party:a/1")], [decoy], [alert("party:a/7")], {})
        (row,) = detection.rows([measured], ["I03-structuring"])
        assert (row.planted, row.found, row.decoys, row.taken, row.watched) == (1, 0, 1, 1, True)

    def test_days_count_from_the_first_of_the_fraud_to_the_first_alert(self) -> None:
        late = alert("party:a/1", day=date(2026, 3, 15))
        early = late._replace(first_day=date(2026, 3, 12))
        (verdict,), _ = judge([planted("party:a/1")], [late, early], {})
        assert verdict.days == 2

    def test_no_alert_no_precision(self) -> None:
        assert detection.measure([planted("party:a/1")], [], [], {}).precision is None

    def test_a_composite_rule_may_name_the_platform_alone(self) -> None:
        plant = planted("platform:anjie", typology="P02 fund pool")
        assert points_at(alert("platform:anjie", rule="X01-runaway-risk"), plant, frozenset())


class TestSummary:
    def summary(self) -> Summary:
        played = PlayResult(events=100, accepted=90, duplicate=2, refused=3, parked=5, seconds=2.0)
        return Summary(
            seed=1,
            scale=1.0,
            played=played,
            parked=1,
            refused=4,
            spoiled=4,
            alerts={"I03-structuring": 2},
            trial_balance={"CNY": 0},
            checkpoint="note",
            detection=Detection([Verdict(planted("party:a/1"), Counter())], [], 2, 2, 2, 0),
            live_rules=["I03-structuring"],
            position=97,
            seconds=9.9,
        )

    def test_the_object_has_what_the_contract_names(self) -> None:
        said = self.summary().as_json()
        wanted = {"events", "refused", "parked", "events_per_second", "alerts", "trial_balance", "checkpoint"}
        assert wanted <= said.keys()
        assert said["events"] == 90 + 3
        assert said["refused"] == 4
        assert said["parked"] == 1
        assert said["events_per_second"] == 50.0
        assert (said["found"], said["missed"], said["other_alerts"]) == (0, 1, 2)
        assert json.loads(json.dumps(said)) == said


class TestHouse:
    def test_a_taken_port_is_named_with_the_way_out(self, tmp_path: Path) -> None:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            taken = busy.getsockname()[1]
            with (
                pytest.raises(DemoError, match=f"Port {taken}.*CROWDLEDGER_PORT={taken + 1}"),
                house.opened(Settings(data_dir=tmp_path, port=taken), silent),
            ):
                pass

    def test_a_second_demo_in_the_same_folder_is_told_of_the_first(self, tmp_path: Path, port: int) -> None:
        with (
            instance.sole(tmp_path, "demo"),
            pytest.raises(DemoError, match="already running"),
            house.opened(Settings(data_dir=tmp_path, port=port), silent),
        ):
            pass

    def test_a_folder_that_is_no_demo_is_left_alone(self, tmp_path: Path, port: int) -> None:
        theirs = tmp_path / "demo" / "thesis.txt"
        theirs.parent.mkdir()
        theirs.write_text("years of work")
        with (
            pytest.raises(DemoError, match="was not made by a demo"),
            house.opened(Settings(data_dir=tmp_path, port=port), silent),
        ):
            pass
        assert theirs.exists()

    def test_a_demo_begins_afresh(self, tmp_path: Path, port: int, postgres_dsn: str) -> None:
        settings = Settings(data_dir=tmp_path, port=port, database_url=postgres_dsn)
        said: list[str] = []
        with house.opened(settings, said.append) as first:
            (first.settings.data_dir / "left.txt").write_text("old")
        with house.opened(settings, said.append) as second:
            assert not (second.settings.data_dir / "left.txt").exists()
            assert second.base_url == f"http://127.0.0.1:{port}"
            with psycopg.connect(second.dsn) as connection:
                row = connection.execute("SELECT count(*) FROM events").fetchone()
            assert row == (0,)
        assert any("removing" in line for line in said)


class TestScratch:
    def test_a_database_of_its_own_is_dropped_at_the_end(self, postgres_dsn: str) -> None:
        with scratch.database(postgres_dsn, silent) as dsn, psycopg.connect(dsn) as connection:
            name = connection.info.dbname
            assert name.startswith("crowdledger_demo_")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(dsn)

    def test_without_the_right_an_empty_database_will_do(self, empty_database_url: str) -> None:
        url = _without_createdb(empty_database_url)
        with scratch.database(url, silent) as dsn:
            assert dsn == url

    def test_without_the_right_a_full_one_is_refused(self, database_url: str) -> None:
        with pytest.raises(DemoError, match="is not empty"), scratch.database(_without_createdb(database_url), silent):
            pass

    def test_a_server_that_is_gone_is_named(self) -> None:
        gone = "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2"
        with pytest.raises(DemoError, match="does not answer"), scratch.database(gone, silent):
            pass


def _without_createdb(url: str) -> str:
    """The same database as a user who may not create others."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE cl_modest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    return psycopg.conninfo.make_conninfo(url, user="cl_modest")


@pytest.mark.slow
@pytest.mark.journey
def test_the_whole_demo(tmp_path: Path, port: int) -> None:
    environment = {**os.environ, "CROWDLEDGER_DATA_DIR": str(tmp_path / "var")}
    environment.pop("CROWDLEDGER_DATABASE_URL", None)
    command = [sys.executable, "-m", "ops.cli", "demo", "--exit", "--json", "--scale", "0.1", "--port", str(port)]
    for _ in range(2):  # the second one over what the first one left
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
        )
        assert ended.returncode == 0, ended.stderr
        (line,) = ended.stdout.splitlines()
        said = json.loads(line)
        assert said["trial_balance"] == {"CNY": 0}
        assert said["events"] > 3_000
        assert said["refused"] == said["spoiled"]
        assert said["parked"] == 4
        assert said["events_per_second"] > 0
        assert said["checkpoint"]
        assert len(said["planted"]) == len(PLANTS)
        assert said["found"] >= 20
        assert said["alerts"].get("P11-silent-platform", 0) < 5, "nobody is silent while the market is still played"
        assert {row["typology"][:3] for row in said["detection"]} >= {"P01", "C01", "I01"}
    assert not _answers(port), "everything was stopped"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
