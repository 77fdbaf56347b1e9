"""Selectors: which labels they mean, and that no selector takes long."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from alerts.selecting import read_selector, selects
from tests.work import least_seconds

LABELS = {"env": "live", "service": "shop-checkout", "empty": ""}
LETTERS = st.text("ab*", max_size=12)


@pytest.mark.parametrize(
    ("selector", "meant"),
    [
        ([], False),
        (["env=live"], True),
        (["env = live "], True),
        (["env=Live"], False),
        (["env=liv"], False),
        (["env!=live"], False),
        (["env!=test"], True),
        (["team!=db"], True),
        (["team=db"], False),
        (["team=*"], False),
        (["env"], True),
        (["team"], False),
        (["empty"], True),
        (["empty="], True),
        (["env="], False),
        (["service=shop-*"], True),
        (["service=*-checkout"], True),
        (["service=s*p-*out"], True),
        (["service!=shop-*"], False),
        (["env=live*live"], False),
        (["env=live", "service=shop-*"], True),
        (["env=live", "service=bank-*"], False),
        (["env=l?ve"], False),
        (["env=[l]ive"], False),
    ],
)
def test_all_matchers_must_hold(selector: list[str], meant: bool) -> None:
    assert selects(read_selector(selector), LABELS) is meant


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("env=live", ["Must be a list of matchers such as env=live"]),
        (["env=live"] * 21, ["At most 20 matchers; got 21."]),
        (["env=live", 7], ["selector[1]: Must be a text such as env=live; got 7."]),
        (["x" * 257], ["selector[0]: At most 256 characters; this has 257."]),
        (["=live", "!=x"], ["selector[0]: Must begin with the name of a label", "selector[1]: Must begin"]),
        (["e*=live"], ["selector[0]: Only the value may hold a *"]),
        (["env=*a*b*c*d*"], ["selector[0]: At most 4 times *; this has 5."]),
        (["env=a\nb"], ["selector[0]: Must be printable"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_limit(selector: Any, words: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        read_selector(selector)
    assert len(caught.value.messages) == len(words)
    assert all(text.startswith(word) for text, word in zip(caught.value.messages, words, strict=True))


def test_the_same_matcher_twice_is_kept_once() -> None:
    assert read_selector(["env=live", "env = live", "tier"]) == ["env=live", "tier"]


def test_nothing_that_may_be_asked_takes_long() -> None:
    """Row 20: what ruins other engines is plain text here, and globs never go back."""
    asked = [["k=(a+)+$"], ["k=*a*a*a*b"], ["k=" + "a" * 120 + "*" + "a" * 120 + "*b"]]

    def ask() -> None:
        for selector in asked:
            assert not selects(read_selector(selector), {"k": "a" * 10_000})
        with pytest.raises(ValidationError):
            read_selector(["k=" + "(a+)+$" * 2_000])

    assert least_seconds(ask) < 0.05


@given(glob=LETTERS.filter(lambda text: text.count("*") <= 4), value=st.text("ab", max_size=12))
def test_a_star_stands_for_any_text(glob: str, value: str) -> None:
    as_regex = ".*".join(map(re.escape, glob.split("*")))
    assert selects(read_selector([f"k={glob}"]), {"k": value}) is bool(re.fullmatch(as_regex, value))
