"""Return deviation: what a platform pays above its peers for the same term in the same month, and whether that rises.

Rate, term and custody told closed platforms from open ones among 2,259 (https://www.scirp.org/html/16-2121228_84858.htm);
who pays more than the market must earn more than the market, or needs the next investor.
"""

from __future__ import annotations

from collections import defaultdict

from risk.index.form import Dimension, Figure, Market, before, dimension
from risk.index.peers import PEERS_MIN, among, median

NAME = "returns"
TERMS = ("0to1m", "1to2m", "2to3m", "3to6m", "6m_up")
RISE_MONTHS = 3


def measure(market: Market, month: str) -> dict[str, Dimension]:
    """`highest_deviation_bp`: of its terms, the one furthest above the median; `rise_bp`: all, in 3 months."""
    platforms = market.get(month, {})
    now, then = _deviations(market, month), _deviations(market, before(month, RISE_MONTHS))
    highest = {platform: max(terms.values(), key=lambda term: term.value) for platform, terms in now.items()}
    rise = {
        platform: figure
        for platform, terms in now.items()
        if (figure := _rise(terms, then.get(platform, {}))) is not None
    }
    shown = (among("highest_deviation_bp", platforms, highest), among("rise_bp", platforms, rise))
    return {platform: dimension(NAME, tuple(each[platform] for each in shown)) for platform in platforms}


def _deviations(market: Market, month: str) -> dict[str, dict[str, Figure]]:
    """By platform and term, basis points above the median of those who offer the term; too few of them: not known."""
    offered: defaultdict[str, dict[str, Figure]] = defaultdict(dict)
    for platform, facts in market.get(month, {}).items():
        for term in TERMS:
            if rate := facts.figures.get(f"rate_bp_{term}"):
                offered[term][platform] = rate
    deviations: defaultdict[str, dict[str, Figure]] = defaultdict(dict)
    for term, rates in offered.items():
        if len(rates) >= PEERS_MIN:
            middle = median([rate.value for rate in rates.values()])
            for platform, rate in rates.items():
                deviations[platform][term] = Figure(rate.value - middle, rate.positions)
    return deviations


def _rise(now: dict[str, Figure], then: dict[str, Figure]) -> Figure | None:
    both = [term for term in TERMS if term in now and term in then]
    if not both:
        return None
    positions = {each for term in both for each in (*now[term].positions, *then[term].positions)}
    return Figure(sum(now[term].value - then[term].value for term in both) // len(both), tuple(sorted(positions)))
