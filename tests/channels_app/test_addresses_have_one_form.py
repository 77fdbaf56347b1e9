"""However an address is written, it is known by one form, so that a no holds for all of its spellings."""

import pytest

from channels_app.addresses import LONGEST, normal

SAME = [
    ("ann@example.org", "Ann@EXAMPLE.org"),
    ("ann@example.org", " ann@example.org "),
    ("ann@example.org", "ann@example.org."),
    ("ann@example.org", '"ann"@example.org'),
    ("ann@example.org", '"a\\nn"@example.org'),
    ("ann@example.org", "ann@ｅxample.org"),
    ("ann@example.org", "ann@example。org"),
    ("ann@kelvin.org", "ann@\N{KELVIN SIGN}elvin.org"),
    ("ann@xn--mnchen-3ya.example", "ann@münchen.example"),
    ("ann@xn--mnchen-3ya.example", "ann@MÜNCHEN.example"),
    ("ann@xn--mnchen-3ya.example", "ann@mu\N{COMBINING DIAERESIS}nchen.example"),
    ("ann@xn--mnchen-3ya.example", "Ann@XN--MNCHEN-3YA.Example"),
]


@pytest.mark.parametrize(("form", "written"), SAME)
def test_every_spelling_has_the_form_of_its_address(form: str, written: str) -> None:
    assert normal(written) == normal(form) == form


@pytest.mark.parametrize("other", ["ann+ops@example.org", "an.n@example.org", "ann@example.com", '"ann "@example.org'])
def test_other_addresses_stay_others(other: str) -> None:
    assert normal(other) != "ann@example.org"


@pytest.mark.parametrize(
    "odd", ["", "ann", "@", "ann@", "ann@exa..mple", f"ann@{'ü' * 90}.example", '"@x', "ann@\u2028.org"]
)
def test_what_is_no_address_has_a_form_too(odd: str) -> None:
    assert normal(odd) == normal(normal(odd))


def test_no_form_is_longer_than_what_is_kept() -> None:
    written = f"{'a' * 60}@{'.'.join(['ü' * 40] * 4)}.example"
    assert len(written) <= LONGEST
    assert len(normal(written)) <= LONGEST
