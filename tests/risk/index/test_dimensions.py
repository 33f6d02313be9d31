"""The dimensions as an adversary sees them: few platforms, ties, gaps, figures that are missing, months to come."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.index import complaints, compliance, metrics, returns, spread, wording
from risk.index.combined import DIMENSIONS, WEIGHTS, indexed
from risk.index.form import WORST, Dimension, Facts, Figure, Market, Said, before, until
from risk.index.peers import PEERS_MIN, banded, median, ranked

MONTHS = ("2017-11", "2017-12", "2018-01", "2018-02")
NOW = MONTHS[-1]
# Every figure that a dimension reads, and whether more of it is worse (True), better (False), or neither alone (None).
WORSE: Mapping[str, bool] = {
    **{f"rate_bp_{term}": True for term in returns.TERMS},
    "investors_0to1w": True,
    "investors_100w_up": False,
    "top_ten_investors_bp": False,
    "borrowers": False,
    "new_money_bp": True,
    "fill_seconds": True,
    **dict.fromkeys(complaints.BANDS, True),
    **dict.fromkeys(compliance.BANDS, True),
    "guarantees": True,
    "promised_returns": True,
}
NAMES = (*WORSE, "investors_1to10w", "investors_10to100w")


def facts(position: int = 1, said: tuple[Said, ...] | None = None, **values: int) -> Facts:
    return Facts({name: Figure(value, (position,)) for name, value in values.items()}, said)


def shown(dimension: Dimension, name: str) -> tuple[int | None, int | None, str | None]:
    figure = next(each for each in dimension.figures if each.name == name)
    return figure.value, figure.score, figure.reason


values = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2_000), max_size=len(NAMES))
platforms = st.dictionaries(st.sampled_from("abcdefg"), values.map(lambda of: facts(**of)), min_size=1, max_size=7)
markets = st.dictionaries(st.sampled_from(MONTHS), platforms, min_size=1)


# -- what the whole promises


@given(market=markets)
def test_scores_are_whole_numbers_in_their_range_or_absent_with_a_reason(market: Market) -> None:
    for month in market:
        for index in indexed(market, month).values():
            assert (index.score is None) == (index.reason is not None) == (not index.rests_on)
            for dimension in index.dimensions:
                assert (dimension.score is None) == (dimension.reason is not None)
                for score in (dimension.score, *(each.score for each in dimension.figures)):
                    assert score is None or (type(score) is int and 0 <= score <= WORST)
                counted = [each for each in dimension.figures if each.score is not None]
                assert all(each.value is not None and each.positions for each in counted)


@given(market=markets, later=platforms)
def test_a_month_to_come_changes_nothing(market: Market, later: dict[str, Facts]) -> None:
    before_it = {month: indexed(market, month) for month in market}
    assert {month: indexed({**market, "2018-03": later}, month) for month in market} == before_it


@given(market=markets, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_months_and_platforms_come_changes_nothing(market: Market, seed: Random) -> None:
    shuffled = {}
    months = list(market)
    seed.shuffle(months)
    for month in months:
        names = list(market[month])
        seed.shuffle(names)
        shuffled[month] = {name: market[month][name] for name in names}
    assert all(indexed(shuffled, month) == indexed(market, month) for month in market)


@settings(max_examples=400)
@given(market=markets, data=st.data())
def test_a_worse_figure_never_gives_a_better_score(market: Market, data: st.DataObject) -> None:
    month = data.draw(st.sampled_from(sorted(market)), "month")
    platform = data.draw(st.sampled_from(sorted(market[month])), "platform")
    own = market[month][platform].figures
    changeable = sorted(own.keys() & WORSE.keys())
    if not changeable:
        return
    name = data.draw(st.sampled_from(changeable), "figure")
    by = data.draw(st.integers(1, 3_000), "by") * (1 if WORSE[name] else -1)
    worse = {**own, name: own[name]._replace(value=max(own[name].value + by, 1 if name == "borrowers" else 0))}
    if not own[name].value:
        return  # from none to some is another question: a figure may begin to count
    changed = {**market, month: {**market[month], platform: market[month][platform]._replace(figures=worse)}}
    was, now = indexed(market, month)[platform], indexed(changed, month)[platform]
    assert was.score is not None or now.score is None or not was.rests_on
    for old, new in zip(was.dimensions, now.dimensions, strict=True):
        if old.score is not None and new.score is not None:
            assert new.score >= old.score, (name, old, new)
    if was.rests_on == now.rests_on and was.score is not None and now.score is not None:
        assert now.score >= was.score


@given(market=markets)
def test_equal_platforms_get_equal_scores(market: Market) -> None:
    for month in market:
        twins = {
            **market,
            month: {**market[month], "y": facts(fill_seconds=5), "z": facts(fill_seconds=5)},
        }
        found = indexed(twins, month)
        assert (found["y"].score, found["y"].rank) == (found["z"].score, found["z"].rank)


def test_nothing_known_is_inconclusive_and_not_zero() -> None:
    (index,) = indexed({NOW: {"a": Facts({})}}, NOW).values()
    assert (index.score, index.rank, index.rests_on, index.reason) == (None, None, (), "no_dimension")
    assert {each.name: each.reason for each in index.dimensions} == {
        "compliance": "not_reported",
        "returns": "not_reported",
        "complaints": "not_reported",
        "spread": "not_reported",
        "wording": "no_texts",
    }
    assert indexed({}, NOW) == {}


def test_the_whole_is_the_declared_mean_of_what_could_be_judged() -> None:
    market = {NOW: {"a": facts(restricted=2, said=(Said(4, "稳赚不赔"),)), "b": Facts({})}}
    index = indexed(market, NOW)["a"]
    assert index.rests_on == ("compliance", "wording")
    assert index.score == (1000 * WEIGHTS["compliance"] + 400 * WEIGHTS["wording"]) // 3
    assert set(WEIGHTS) == set(DIMENSIONS)


# -- peers


@pytest.mark.parametrize("count", range(1, PEERS_MIN))
def test_too_few_platforms_are_no_peers(count: int) -> None:
    market = {NOW: {name: facts(rate_bp_3to6m=900, fill_seconds=50) for name in "ab"[:count]}}
    index = indexed(market, NOW)["a"]
    assert index.score is None
    by_name = {each.name: each for each in index.dimensions}
    assert shown(by_name["complaints"], "fill_seconds") == (50, None, "too_few_peers")
    assert by_name["complaints"].reason == "not_reported, too_few_peers"
    assert by_name["returns"].reason == "not_reported"


def test_equal_values_share_the_middle_of_their_places() -> None:
    assert ranked({"a": 5, "b": 5, "c": 5}) == {"a": 500, "b": 500, "c": 500}
    assert ranked({"a": 1, "b": 5, "c": 5, "d": 9}) == {"a": 125, "b": 500, "c": 500, "d": 875}


@given(st.lists(st.integers(-9, 9), min_size=1))
def test_ranks_keep_the_order_of_values(numbers: list[int]) -> None:
    of = {str(place): number for place, number in enumerate(numbers)}
    ranks = ranked(of)
    for low, high in pairwise(sorted(of, key=of.__getitem__)):
        assert (ranks[low] < ranks[high]) == (of[low] < of[high])
    assert min(numbers) <= median(numbers) <= max(numbers)


def test_bounds_are_reached_where_they_say() -> None:
    scores = [banded("x", Figure(value, (1,)), 10, 40).score for value in (-5, 0, 10, 11, 25, 40, 9_999)]
    assert scores == [0, 0, 0, 33, 500, 1000, 1000]


# -- one dimension each


def rates(**of: int) -> dict[str, Facts]:
    return {name: facts(rate_bp_3to6m=rate) for name, rate in of.items()}


def test_returns_are_held_against_the_same_term() -> None:
    """A long loan pays more than a short one: who lends long only is not suspect for it."""
    short = {name: facts(rate_bp_1to2m=600) for name in "abc"}
    found = returns.measure({NOW: {**short, **{name: facts(rate_bp_6m_up=1_200) for name in "def"}}}, NOW)
    assert {name: shown(each, "highest_deviation_bp")[:2] for name, each in found.items()} == dict.fromkeys(
        "abcdef", (0, 500)
    )


def test_a_rise_is_that_of_the_same_terms() -> None:
    then, now = rates(a=800, b=900, c=1_000), rates(a=1_600, b=900, c=1_000)
    then["a"] = facts(2, rate_bp_3to6m=800, rate_bp_6m_up=3_000)  # dropped since: no fall
    found = returns.measure({"2017-11": then, NOW: now}, NOW)
    assert shown(found["a"], "rise_bp")[:2] == (700, 833)  # from 100 below the median to 600 above it
    assert next(each for each in found["a"].figures if each.name == "rise_bp").positions == (1, 2)
    assert shown(found["b"], "rise_bp") == (-100, 333, None)


def test_a_platform_with_one_month_has_no_rise_and_is_judged_by_the_rest() -> None:
    found = returns.measure({NOW: rates(a=800, b=900, c=1_000)}, NOW)
    assert shown(found["c"], "rise_bp") == (None, None, "not_reported")
    assert found["c"].score == 833


def test_a_term_of_two_platforms_has_no_median() -> None:
    found = returns.measure({NOW: {**rates(a=800, b=900, c=1_000), "d": facts(rate_bp_6m_up=9_000)}}, NOW)
    assert found["d"].score is None


def test_spread_knows_no_share_without_all_bands() -> None:
    bands = dict.fromkeys(spread.BANDS, 10)
    partly = {name: value for name, value in bands.items() if name != "investors_100w_up"}
    market = {
        NOW: {"a": facts(**partly), "b": facts(**dict.fromkeys(spread.BANDS, 0)), **{n: facts(**bands) for n in "cde"}}
    }
    found = spread.measure(market, NOW)
    assert shown(found["a"], "small_investors_bp") == (None, None, "not_reported")
    assert shown(found["b"], "small_investors_bp") == (None, None, "not_reported"), "nobody is no share"
    assert shown(found["c"], "small_investors_bp") == (5_000, 500, None)


def test_no_borrower_is_no_ratio() -> None:
    market = {NOW: {name: facts(borrowers=0, **dict.fromkeys(spread.BANDS, 10)) for name in "abc"}}
    assert shown(spread.measure(market, NOW)["a"], "investors_per_borrower_milli") == (None, None, "not_reported")


def test_growth_is_shown_and_not_scored() -> None:
    market = {
        "2017-11": {"a": facts(**dict.fromkeys(spread.BANDS, 10))},
        NOW: {"a": facts(**dict.fromkeys(spread.BANDS, 15))},
    }
    assert shown(spread.measure(market, NOW)["a"], "growth_bp") == (5_000, None, "shown_only")


def test_silence_counts_from_the_first_report_and_this_month_not_at_all() -> None:
    first = {"2017-10": {"a": facts(report_late_days=0)}}
    silent = {**first, NOW: {"a": facts(restricted=0)}}
    assert shown(compliance.measure(silent, NOW)["a"], "months_unreported") == (3, 1000, None)
    told = {month: {"a": facts(report_late_days=0)} for month in MONTHS[:-1]}
    assert shown(compliance.measure({**told, NOW: {"a": facts(restricted=0)}}, NOW)["a"], "months_unreported")[0] == 0
    young = {"2018-01": {"a": facts(report_late_days=0)}, NOW: {"a": facts(report_late_days=0)}}
    assert shown(compliance.measure(young, NOW)["a"], "months_unreported")[:2] == (0, 0)
    assert shown(compliance.measure({NOW: young[NOW]}, NOW)["a"], "months_unreported")[0] is None


def test_compliance_is_the_worst_of_its_figures() -> None:
    found = compliance.measure({NOW: {"a": facts(restricted=1, custody_gap_bp=0, report_late_days=40)}}, NOW)
    assert found["a"].score == 1000


# -- months


@pytest.mark.parametrize(
    ("month", "back", "earlier"),
    [("2018-02", 3, "2017-11"), ("2018-01", 1, "2017-12"), ("2018-12", 12, "2017-12"), ("2017-12", -1, "2018-01")],
)
def test_months_count_over_the_end_of_a_year(month: str, back: int, earlier: str) -> None:
    assert before(month, back) == earlier


def test_until_ends_with_its_month() -> None:
    assert list(until({"2018-02": {}, "2017-12": {}, "2018-03": {}}, "2018-02")) == ["2017-12", "2018-02"]


# -- metrics of reports


def test_zero_is_no_rate_and_no_time_but_a_number_of_people() -> None:
    found = metrics.report(
        "2018-02", {"return_rate_diff_3to6m": 0, "complete_time_diff_3to6m": 0, "investor_0to1w": 0}, 7, 17_590
    )
    assert found == {"report_late_days": Figure(0, (7,)), "investors_0to1w": Figure(0, (7,))}


def test_rates_are_rounded_as_written() -> None:
    found = metrics.report("2018-02", {"return_rate_diff_3to6m": 9.125, "return_rate_diff_6m_up": 0.285}, 7, 17_590)
    assert (found["rate_bp_3to6m"].value, found["rate_bp_6m_up"].value) == (913, 29)


def test_a_late_report_says_by_how_many_days() -> None:
    day = 17_590  # 28 February 2018
    assert [metrics.report("2018-02", {}, 7, day + late)["report_late_days"].value for late in (-9, 0, 1, 45)] == [
        0,
        0,
        1,
        45,
    ]


def test_other_metrics_and_odd_values_are_left_alone() -> None:
    odd = {
        "investor_0to1w": -3,
        "borrower_0to20w": 4,
        "pledges": 9,
        "top_ten_investor_to_receice": -0.5,
        "x" * 90: 1e300,
    }
    assert metrics.report("2018-02", odd, 7, 17_590).keys() == {"report_late_days"}


@pytest.mark.parametrize("absurd", [1e300, 2**53 - 1, -(2**53) + 1, -1e300, 5e-324, 1e12 + 1])
def test_an_absurd_report_is_no_figure_and_breaks_nobodys_index(absurd: float) -> None:
    names = (*metrics.RATES, *metrics.INVESTORS, *metrics.FILL_TIMES, *metrics.BORROWERS, metrics.TOP_TEN)
    sane = metrics.report("2018-02", dict.fromkeys(names, 7), 7, 17_590)
    odd = metrics.report("2018-02", dict.fromkeys(names, absurd), 8, 17_590)
    found = indexed({NOW: {"a": Facts(odd), **{name: Facts(sane) for name in "bcd"}}}, NOW)
    assert found["b"].score is not None
    assert all(0 <= figure.value <= metrics.MOST * 100 for figure in odd.values())
    for each in (figure for index in found.values() for dimension in index.dimensions for figure in dimension.figures):
        assert each.value is None or abs(each.value) < 2**53


# -- wording


@pytest.mark.parametrize(
    "text",
    ["本项目保本保息", "保 本", "保·本", "ＧＵＡＲＡＮＴＥＥＤ　ＲＥＴＵＲＮ of 12 %",
     "A Risk-Free investment", "零风险，稳赚", "平台兜底", "risk\u00a0free",
     "Your returns guaranteed!", "刚性兑付", "Double your money"],
)  # fmt: skip
def test_a_promise_is_found_however_it_is_written(text: str) -> None:
    assert any(wording.says(term, text) for term in wording.terms().terms), text


@pytest.mark.parametrize(
    "text",
    ["不保本，不保息", "本产品不承诺保本保息", "Returns are not guaranteed", "This is not risk-free",
     "打破刚性兑付", "保温杯 · 本地制作", "a brisk freezer",
     "no guaranteed returns", "流动资金", "", "保护环境 本月完成"],
)  # fmt: skip
def test_a_denial_and_other_words_are_no_promise(text: str) -> None:
    assert not [term.name for term in wording.terms().terms if wording.says(term, text)], text


def test_a_denial_does_not_hide_a_promise_beside_it() -> None:
    assert any(wording.says(term, "不保息，但保本") for term in wording.terms().terms)


def test_a_term_counts_once_and_shows_every_place() -> None:
    said = (Said(3, "保本"), Said(9, "保本理财"), Said(9, "保本"), Said(5, "咖啡店装修"))
    found = wording.measure(
        {NOW: {"a": Facts({}, said), "b": Facts({}, (Said(5, "咖啡店装修"),)), "c": Facts({}, ())}}, NOW
    )
    figure = next(each for each in found["a"].figures if each.name == "principal_guaranteed")
    assert (found["a"].score, figure.value, figure.positions) == (400, 2, (3, 9))
    assert (found["b"].score, found["c"].score, found["c"].reason) == (0, None, "no_texts")


def test_what_was_declared_counts_without_words() -> None:
    found = wording.measure({NOW: {"a": facts(guarantees=2, promised_returns=1)}}, NOW)
    assert found["a"].score == sum(wording.terms().facts.values())


def test_every_term_is_found_by_itself_names_its_source_and_is_denied_by_its_denials() -> None:
    listed = wording.terms()
    assert len({term.name for term in listed.terms}) == len(listed.terms)
    assert {term.lang for term in listed.terms} == {"zh", "en"}
    for term in listed.terms:
        assert 0 < term.weight <= WORST
        assert len(term.source) > 20
        assert all(wording.says(term, f"x {words} x") for words in term.words), term.name
        assert not [denied for denied in term.denied if wording.says(term, denied)], term.name
