"""A server per module, with two platforms, the registry and an auditor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.app import create_app
from ops import compose
from ops.settings import Settings
from tests.api.house import HUIZHONG, RIVAL, House, listening, opening


@pytest.fixture(scope="module")
def house(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server, with both platforms licensed and a key for each."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), secret_key="only for tests")
    with compose.build(settings, module_database) as services, listening(create_app(services)) as url:
        house = House(url, module_database, settings, services)
        house.keys = {
            "registry": house.key("regulator", "registry", "lin"),
            "second": house.key("regulator", "registry", "zhao"),
            "auditor": house.key("auditor", None),
            "huizhong": house.key("platform", HUIZHONG),
            "rival": house.key("platform", RIVAL),
        }
        house.tell("registry", opening())
        yield house
