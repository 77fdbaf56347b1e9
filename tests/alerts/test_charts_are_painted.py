"""The PNG painter: the same chart as on the page, pixel by pixel where it matters."""

import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from alerts.charts import Band, Box, Chart, Line, Threshold, chart
from alerts.charts.png import HEAD, SCALE, THEMES, dashed, paint

BOX = Box(width=400, height=160, left=50, right=10, top=10, bottom=30)


def _chart(lines: int = 1) -> Chart:
    return chart(
        [Line(f"source {n}", [(0, 50.0 + n), (100, 50.0 + n)]) for n in range(lines)],
        0,
        100,
        gap=100,
        mark=25,
        mark_text="triggered #1",
        bands=[Band(50, 80, "#1 critical: slow", "critical", "#1 critical")],
        thresholds=[Threshold(80, "critical: rt > 80", above=True, kind="critical"), Threshold(0, "x")],
        box=BOX,
    )


def _image(painted: bytes) -> Image.Image:
    return Image.open(io.BytesIO(painted)).convert("RGB")


def _at(image: Image.Image, x: float, y: float) -> object:
    return image.getpixel((round(x * SCALE), round((y + HEAD) * SCALE)))


def test_lines_and_bands_are_where_the_geometry_says() -> None:
    drawn = _chart()
    image = _image(paint(drawn, "Checkout: rt"))
    x, y = drawn.paths[0].runs[0][0]
    assert _at(image, x + 20, y) == (0x1F, 0x5F, 0xA8)
    (strip,) = drawn.strips
    assert _at(image, strip.x + 20, drawn.box.top + 1) == (0xB3, 0x26, 0x1E)
    assert _at(image, strip.x - 8, drawn.bottom - 3) == (255, 255, 255)
    assert _at(image, strip.x + 8, drawn.bottom - 3) not in {(255, 255, 255), (0xB3, 0x26, 0x1E)}


def test_the_size_is_the_charts_with_a_heading_and_a_legend() -> None:
    one, twelve = _image(paint(_chart(), "T")), _image(paint(_chart(12), "T"))
    assert one.size[0] == twelve.size[0] == BOX.width * SCALE
    assert BOX.height * SCALE < one.size[1] < twelve.size[1] < 2 * (BOX.height + HEAD + 150) * SCALE
    with pytest.raises(ValueError, match="2000"):
        paint(chart([], 0, 1, gap=1, box=Box(width=100_000)), "T")


def test_the_same_chart_gives_the_same_bytes_and_each_theme_its_own() -> None:
    assert paint(_chart(), "T") == paint(_chart(), "T")
    assert paint(_chart(), "T", theme="no such") == paint(_chart(), "T")
    assert _image(paint(_chart(), "T", theme="dark")).getpixel((0, 0)) == (0x1D, 0x21, 0x26)


@pytest.mark.parametrize("title", ["", "x" * 5000, "two\nlines\x00", "日本語 ✓ \ud800"])
def test_any_title_is_painted(title: str) -> None:
    assert paint(_chart(), title, title).startswith(b"\x89PNG")


def test_dashes_leave_gaps() -> None:
    assert dashed([(0, 0), (10, 0)], (4, 3)) == [[(0, 0), (4, 0)], [(7, 0), (10, 0)]]
    assert dashed([(0, 0), (3, 0), (10, 0)], (4, 3)) == [[(0, 0), (3, 0), (4, 0)], [(7, 0), (10, 0)]]


def _tokens(css: str) -> dict[str, tuple[str, str]]:
    """What each custom property, or line class, is in light and in dark."""
    found = re.findall(r"(--[\w-]+|\.line-\d+)[^;{}]*?[:{][^;{}]*?light-dark\((#\w{6}), (#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def test_an_image_has_the_colours_of_the_pages() -> None:
    static = Path(settings.BASE_DIR) / "static"
    tokens = _tokens((static / "bellhop.css").read_text())
    lines = _tokens((static / "bellhop/views.css").read_text())

    for number, theme in enumerate((THEMES["light"], THEMES["dark"])):
        assert theme.lines == tuple(lines[f".line-{n}"][number] for n in range(len(theme.lines)))
        assert theme.kinds == {kind: tokens[f"--{kind}"][number] for kind in theme.kinds}
        grounds = {"surface": theme.page, "ink": theme.ink, "quiet": theme.quiet, "line": theme.grid}
        assert grounds == {name: tokens[f"--{name}"][number] for name in grounds}
    assert len(lines) == len(THEMES["light"].lines)


def test_maintenance_is_a_bar_at_the_foot_named_in_the_legend() -> None:
    bars = [Band(20, 40, "Maintenance: Upgrade", "maintenance", "Maintenance: Upgrade", "/t/ops/maintenance/")]
    lines = [Line("a", [(0, 50.0), (100, 50.0)])]
    plain, drawn = (chart(lines, 0, 100, gap=100, bars=each, box=BOX) for each in ([], bars))
    [bar] = drawn.bars
    one, other = _image(paint(plain, "T")), _image(paint(drawn, "T"))

    assert (bar.x, bar.width, bar.text, drawn.linked, plain.linked) == (118, 68, "Maintenance: Upgrade", True, False)
    foot = drawn.bar_y + 6
    assert _at(one, 150, foot) == _at(other, 300, foot) != _at(other, 150, foot)
    legend = (10 + 180 + 10) * SCALE, round((HEAD + BOX.height + 9) * SCALE)
    assert one.getpixel(legend) == (255, 255, 255) != other.getpixel(legend)


def test_short_times_of_maintenance_that_meet_are_one_bar() -> None:
    bars = [Band(at, at + 1, f"m{at}", "maintenance") for at in range(0, 20, 2)]
    assert [bar.text for bar in chart([], 0, 100_000, gap=1, bars=bars).bars] == [
        "10 times in maintenance; zoom in to tell them apart"
    ]
