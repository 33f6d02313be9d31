"""What the page of an alert shows beside the alert itself: sections, each a module of its own with a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from api.console.office import alert_beside, alert_case, alert_flow, alert_mute, alert_similar
from api.console.shell import Shell
from api.console.visits import Visit
from projections.alerts import Alert

# What a section shows of an alert to a reader; None leaves it out.
Make = Callable[[Shell, Visit, Alert], Mapping[str, Any] | None]


class Section(NamedTuple):
    """A template, which sees its values as `part`."""

    template: str
    part: Mapping[str, Any]


# In the order in which they are shown, between the evidence and the history, or beside them. A new one is a line here.
SECTIONS: Final[tuple[tuple[str, Make], ...]] = (
    ("_alert_flow.html", alert_flow.section),
    ("_alert_beside.html", alert_beside.of),
    ("_alert_similar.html", alert_similar.of),
)
BESIDE: Final[tuple[tuple[str, Make], ...]] = (("_alert_case.html", alert_case.of), ("_alert_mute.html", alert_mute.of))


def of(shell: Shell, visit: Visit, alert: Alert, sections: tuple[tuple[str, Make], ...] = SECTIONS) -> list[Section]:
    """The sections of an alert's page."""
    made = ((template, make(shell, visit, alert)) for template, make in sections)
    return [Section(template, part) for template, part in made if part is not None]
