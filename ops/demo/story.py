"""The demo from beginning to end: house, server, keys, market, rules, figures."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ops.demo import access, house, quiet, server
from ops.demo.errors import DemoError
from ops.demo.house import House
from ops.demo.reading import Regulator
from ops.demo.screen import Screen
from ops.demo.summary import Summary
from ops.due import live
from ops.settings import Settings
from ops.simulator import city, detection, market, play
from ops.simulator.model import CST, Party
from risk import document


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    seed: int
    scale: float
    leave: bool  # end after the summary


def tell(settings: Settings, wish: Wish, screen: Screen, show: Callable[[Summary], None], now: datetime) -> None:
    """Play it all; `show` gets the summary. Without `leave` the server stays until Ctrl-C."""
    began = time.monotonic()
    with house.opened(settings, screen.say) as home:
        screen.say("making a city's market")
        played = market.build(wish.seed, (now.astimezone(CST) - timedelta(days=1)).date(), scale=wish.scale)
        guest = _guest(played)
        doors = access.make(home, [each.source for each in city.SOURCES], guest)
        with server.serving(home) as child, Regulator(home.base_url, doors.regulator_key) as regulator:
            screen.say(f"serving on {home.base_url}")
            quiet.wait(home.dsn, len(live(document.load_all())))
            days = list(played.days())
            with screen.progress("playing 90 days", play.total(days)) as advance:
                result = play.play(home.base_url, doors.keys, days, advance)
            screen.say("waiting for the views")
            regulator.wait_for_views(child.check)
            screen.say("running the rules over 90 days")
            _run_rules(home, played.world.span.first, played.world.span.last)
            position = regulator.wait_for_views(child.check)
            screen.say("reading what came of it")
            summary = _summary(wish, played, result, regulator, position)
            show(replace(summary, seconds=time.monotonic() - began))
            screen.invite(home.base_url, doors, city.PLATFORMS[0].source)
            if not wish.leave:
                screen.say("up until Ctrl-C")
                child.wait()
        screen.say("stopping")


def _guest(played: market.Market) -> Party:
    """The investor who signs in: whoever is on most platforms, so that there is something to see."""
    everybody = [member for crowd in played.world.investors.values() for member in crowd.members]
    platforms = Counter(member.number for member in everybody)
    return max(everybody, key=lambda member: (platforms[member.number], member.number))


def _run_rules(home: House, first: date, last: date) -> None:
    """`crowdledger rules run`, as an operator would."""
    command = [sys.executable, "-m", "ops.cli", "rules", "run", "--all", "--json"]
    span = ["--from", first.isoformat(), "--to", last.isoformat()]
    ran = subprocess.run([*command, *span], env=server.environment(home), capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise DemoError(f"The rules could not be run (exit code {ran.returncode}):\n{ran.stderr.strip()[-2_000:]}")


def _summary(
    wish: Wish, played: market.Market, result: play.PlayResult, regulator: Regulator, position: int
) -> Summary:
    alerts = regulator.alerts()
    positions = {plant.name: regulator.positions_of(plant.events) for plant in played.planted}
    rules = [each.rule.id for each in live(document.load_all())]
    found = detection.measure(played.planted, played.decoys, alerts, positions)
    return Summary(
        seed=wish.seed,
        scale=wish.scale,
        played=result,
        parked=regulator.count("/v1/parked"),
        refused=regulator.count("/v1/refusals"),
        spoiled=sum(1 for each in played.deliveries if each.fault),
        alerts=dict(sorted(Counter(alert.rule for alert in alerts).items())),
        trial_balance=regulator.trial_balance(),
        checkpoint=regulator.checkpoint(position),
        detection=found,
        live_rules=rules,
        position=position,
    )
