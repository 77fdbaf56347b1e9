"""The page about destinations that fail says what the tests saw."""

from tests.failings.document import PAGE, page


def test_the_page_about_failing_destinations_is_that_of_the_table() -> None:
    assert PAGE.read_text() == page(), "python -m tests.failings.document writes it anew"
