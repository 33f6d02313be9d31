"""The queue in a real browser: worked with keys, filtered without a reload, and still while news come in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.console import city
from tests.api.console.parts import NOW, City
from tests.browser.chrome import Chrome

pytestmark = pytest.mark.browser
FOCUSED = "Array.from(document.querySelectorAll('#queue .what')).indexOf(document.activeElement)"


def test_the_queue_is_worked_through_with_keys_alone(signed_in: Chrome, url: str) -> None:
    page = signed_in
    page.open(f"{url}/console/alerts?status=all")
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.key(key)
        assert page.ask(FOCUSED) == place
    reason = page.ask("document.activeElement.textContent")
    page.act(lambda: page.key("Enter"))
    assert page.ask("document.querySelector('h1').textContent") == reason
    page.act(lambda: page.key("u"))
    assert page.ask("location.search") == "?status=all", "back to the queue as it was"
    page.key("?")
    assert page.ask("document.getElementById('help').open")
    page.key("j")
    assert page.ask(FOCUSED) == -1, "keys rest while the help is open"
    page.ask("document.getElementById('help').close()")
    page.key("/")
    assert page.ask("document.activeElement.name") == "text"
    page.key("j")
    assert page.ask("document.activeElement.value") == "j", "in a field a letter is a letter"


@pytest.mark.usefixtures("with_htmx")
def test_a_filter_changes_the_queue_and_the_address_without_a_reload(signed_in: Chrome) -> None:
    page = signed_in
    page.ask("window.same = true")
    page.ask("(e => { e.value = 'critical'; e.dispatchEvent(new Event('change', {bubbles: true})) })"
             "(document.getElementById('f-severity'))")  # fmt: skip
    page.until("document.querySelectorAll('#queue > li').length === 2")
    assert page.ask("new URLSearchParams(location.search).get('severity')") == "critical"
    page.key("/")
    page.type("融达")
    page.until("document.querySelectorAll('#queue > li').length === 1")
    assert page.ask("new URLSearchParams(location.search).get('text')") == "融达"
    assert page.ask("window.same"), "the page was not loaded anew"
    assert page.ask("document.activeElement.name") == "text", "the reader's place is kept"


@pytest.mark.usefixtures("with_htmx")
def test_new_alerts_are_announced_and_nothing_moves_by_itself(signed_in: Chrome, town: City) -> None:
    page = signed_in
    page.key("j")
    first = page.ask("document.activeElement.textContent")
    city.find(town, city.shared("d-new", 99, "critical", "zhumeng"), NOW - timedelta(minutes=1))
    page.until("document.querySelector('#news a')")
    assert page.ask("document.querySelector('#news a').textContent") == "有 1 条新预警，点击显示"
    page.until("document.title.startsWith('(1) ')")
    assert page.ask("document.activeElement.textContent") == first
    page.act(lambda: page.key("n"))
    assert "d-new" in page.ask("document.getElementById('queue').textContent")
