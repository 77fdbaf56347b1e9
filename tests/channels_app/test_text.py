"""The shared helpers for untrusted text, numbers and spans of time."""

import base64
import html
import sys
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.text import block, cut, duration, fill, line, number, safe_url, scrub


def test_no_control_or_format_character_of_unicode_passes() -> None:
    unseen = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs")]
    passed = [f"U+{ord(each):04X}" for each in unseen if each not in "\n" and line(f"a{each}b") not in ("ab", "a b")]
    assert passed == []


def test_line_breaks_of_every_sort_become_one_sort() -> None:
    assert block("a\r\nb\rc\u2028d\x85e\x0bf\n\n\n\ng") == "a\nb\nc\nd\ne\nf\n\ng"
    assert line("a\r\n b\t c") == "a b c"


def test_letters_of_all_scripts_and_emoji_stay() -> None:
    for text in ("Grüße", "日本語", "العربية", "ไทย", "🚨✔️", "½ × 3 ≤ 4"):
        assert block(text) == text


@given(st.text(st.sampled_from('&<>"a b'), max_size=60), st.integers(1, 40))
def test_a_cut_text_fits_and_is_never_cut_inside_an_entity(text: str, limit: int) -> None:
    got = cut(text, limit, html.escape)
    assert len(got) <= max(limit, 0)
    assert html.escape(html.unescape(got)) == got
    assert got == html.escape(text) or got.endswith("…")


def test_pieces_are_taken_whole_and_in_order() -> None:
    assert fill(["aa", "", "bbbb", "c"], 5, "-") == "aa-c"
    assert fill(["aa", "bb"], 5, "-") == "aa-bb"


@pytest.mark.parametrize(
    ("value", "words"),
    [(812.5, "812.5"), (7.0, "7"), (0.1 + 0.2, "0.3"), (1e-5, "1e-05"), (123456789.0, "123456789"), (-0.5, "-0.5")],
)
def test_numbers_have_no_needless_digits(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (-5, "0 s"), (45, "45 s"), (60, "1 min"), (725, "12 min 5 s"), (3600, "1 h"), (3605, "1 h"),
     (12_000, "3 h 20 min"), (187_200, "2 d 4 h"), (86_460, "1 d"), (59.6, "1 min")],
)  # fmt: skip
def test_spans_of_time_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1&z=2#f", "https://a.example/x?y=1&z=2#f"),
        ("https://a.example/a b<c>\"'|`^", "https://a.example/a%20b%3Cc%3E%22%27%7C%60%5E"),
        ("https://a.example/%20", "https://a.example/%20"),
        ("HTTPS://a.example/", "HTTPS://a.example/"),
        ("javascript:alert(1)", ""),
        ("//a.example/", ""),
        ("https:///x", ""),
        ("https://u:p@a.example/", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_links_are_web_addresses_with_nothing_left_that_ends_them(url: str, safe: str) -> None:
    assert safe_url(url) == safe


SECRET = "tok/En+with=Signs&More"


@pytest.mark.parametrize("before", ["", "a", "ab", "Bearer "])
def test_a_secret_is_blotted_out_in_every_usual_form(before: str) -> None:
    said = before + SECRET
    forms = [said, quote(said), quote(said, safe=""), said.upper()]
    forms += [base64.b64encode(said.encode()).decode(), base64.urlsafe_b64encode(said.encode()).decode()]
    for form in forms:
        got = scrub(f"it said {form}!", [SECRET])
        assert "[secret]" in got
        assert form not in got


def test_short_words_are_no_secrets() -> None:
    assert scrub("all is well", ["all", ""]) == "all is well"
