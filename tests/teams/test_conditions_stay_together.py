"""A condition breaks into lines last of all, and holds no markup of people."""

from teams.templatetags.bellhop import together


def test_conditions_break_between_each_other() -> None:
    assert together("error_rate > 5 and loss >= 2 (critical)") == (
        '<span class="together">error_rate &gt; 5</span> and <span class="together">loss &gt;= 2 (critical)</span>'
    )


def test_what_people_wrote_is_text() -> None:
    assert "<b>" not in together("<b> > 5 or <b> < 2")
