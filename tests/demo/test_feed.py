"""The feed: each minute one test is in trouble and well again, and no rule is broken otherwise."""

from datetime import UTC, datetime, timedelta

from demo import feed, scenery

NOW = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
CYCLE = feed.TICKS_A_CYCLE
LIMITS = {(rule["tests"][0], rule["conditions"][0]["metric"]): rule["conditions"][0] for rule in scenery.RULES}

LASTING = {scenery.DATABASE.slug, scenery.SEARCH.slug}


def broken(tick: int) -> set[str]:
    """The tests of which a value is beyond the first threshold of its rule, but for those with longer trouble."""
    points = feed.points(tick, NOW + timedelta(seconds=tick * feed.TICK))
    limited = [
        (point, LIMITS[point["test"], point["metric"]])
        for point in points
        if (point["test"], point["metric"]) in LIMITS
    ]
    return {point["test"] for point, limit in limited if point["value"] > limit["threshold"]} - LASTING


def test_each_minute_one_test_breaks_and_heals() -> None:
    for cycle, victim in enumerate(feed.VICTIMS * 2):
        course = [broken(cycle * CYCLE + step) for step in range(CYCLE)]
        assert course[0] == set()
        assert {victim.slug} in course
        assert course[-1] == set()
        assert set().union(*course) == {victim.slug}


def test_the_first_minute_breaks_what_both_chats_hear_of() -> None:
    rule = next(rule for rule in scenery.RULES if feed.VICTIMS[0].slug in rule["tests"])
    assert {name.split()[0] for name in rule["integrations"]} == {"Slack", "HipChat"}


def test_one_thing_is_broken_long_enough_to_act_on_it() -> None:
    lag = [
        next(point["value"] for point in feed.points(tick, NOW) if point["test"] == scenery.SEARCH.slug)
        for tick in range(feed.LONG_CYCLE)
    ]
    limit = LIMITS[scenery.SEARCH.slug, "lag"]["threshold"]
    course = "".join("x" if value > limit else "." for value in lag)
    assert course == "." + "x" * 60 + "." * 29
    assert 60 * feed.TICK == 600
