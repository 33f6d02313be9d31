"""What a demo ends with: one object for programs, a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from ops.simulator import detection
from ops.simulator.detection import Detection
from ops.simulator.matching import Verdict
from ops.simulator.play import PlayResult


@dataclass(frozen=True)
class Summary:
    """The figures of a demo. `parked` counts what waits still, `refused` also what was refused after it had waited."""

    seed: int
    scale: float
    played: PlayResult
    parked: int
    refused: int
    spoiled: int
    alerts: dict[str, int]
    trial_balance: dict[str, int]
    checkpoint: Any
    detection: Detection
    live_rules: Sequence[str]
    position: int
    seconds: float = 0.0

    @property
    def waited(self) -> int:
        """Events that were parked and later recorded by themselves."""
        refused_later = self.refused - self.played.refused
        return self.played.parked - self.parked - refused_later

    def as_json(self) -> dict[str, Any]:
        """The object that --json prints."""
        played = self.played
        return {
            "events": played.accepted + self.waited,
            "refused": self.refused,
            "parked": self.parked,
            "events_per_second": round(played.events_per_second, 1),
            "alerts": self.alerts,
            "trial_balance": self.trial_balance,
            "checkpoint": self.checkpoint,
            "sent": played.events,
            "duplicate": played.duplicate,
            "waited": self.waited,
            "spoiled": self.spoiled,
            "refused_by_code": dict(sorted(played.refused_by_code.items())),
            "position": self.position,
            "planted": [_planted(verdict) for verdict in self.detection.verdicts],
            "found": sum(verdict.found for verdict in self.detection.verdicts),
            "missed": sum(not verdict.found for verdict in self.detection.verdicts),
            "other_alerts": self.detection.others,
            "detection": [detection.as_json(row) for row in detection.rows([self.detection], self.live_rules)],
            "decoys": len(self.detection.decoys),
            "decoys_hit": sum(taken for _, taken in self.detection.decoys),
            "budget": detection.BUDGET,
            "precision_at_budget": self.detection.precision,
            "seed": self.seed,
            "scale": self.scale,
            "seconds": round(self.seconds, 1),
        }

    def show(self, console: Console) -> None:
        """The page for people."""
        said = self.as_json()
        balance = ", ".join(f"{currency} {amount}" for currency, amount in self.trial_balance.items()) or "empty"
        console.print(
            f"{said['events']:,} events recorded of {said['sent']:,} sent, "
            f"{said['events_per_second']:,.0f} a second; "
            f"{said['duplicate']:,} duplicates, {said['refused']:,} refused ({self.spoiled:,} spoiled on purpose), "
            f"{said['waited']:,} waited for others, {said['parked']:,} still wait."
        )
        console.print(f"Trial balance: {balance}. Log position {self.position:,}.")
        console.print(detection.table(detection.rows([self.detection], self.live_rules)))
        console.print(
            f"{said['found']} of {len(self.detection.verdicts)} planted frauds found, {said['missed']} missed; "
            f"{said['decoys_hit']} of {said['decoys']} honest look-alikes taken for one."
        )
        console.print(
            f"Of the {self.detection.looked_at} most urgent alerts {self.detection.hits} point at a planted fraud; "
            f"{self.detection.others} of {self.detection.alerts} alerts at none."
        )


def _planted(verdict: Verdict) -> dict[str, Any]:
    planted = verdict.planted
    return {
        "name": planted.name,
        "typology": planted.typology,
        "family": planted.family,
        "zh": planted.zh,
        "en": planted.en,
        "since": planted.since.isoformat(),
        "until": planted.until.isoformat(),
        "subjects": list(planted.subjects),
        "found": verdict.found,
        "days": verdict.days,
        "rules": dict(sorted(verdict.rules.items())),
    }
