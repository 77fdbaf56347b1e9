"""Names in a sentence: as many as one reads, and how many more there are."""

import pytest

from teams.words import listed


@pytest.mark.parametrize(
    ("names", "total", "words"),
    [
        ([], None, ""),
        (["a"], None, "a"),
        (["a", "b"], None, "a, b"),
        (["a", "b", "c"], None, "a, b and 1 more"),
        (["a", "b"], 5, "a, b and 3 more"),
        (["a", "b", "c"], 5, "a, b and 3 more"),
        (["a"], 1, "a"),
    ],
)
def test_two_are_named_and_the_rest_counted(names: list[str], total: int | None, words: str) -> None:
    assert listed(names, 2, total) == words
