"""Charts: what they say, what they draw, and what they refuse."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure

from send_jsna.errors import FigureError, JsnaError
from send_jsna.figures import charts
from send_jsna.figures.charts.drawing import spread
from send_jsna.figures.charts.render import save
from send_jsna.figures.charts.svg import draw

SVG = "{http://www.w3.org/2000/svg}"
BLUE, GREY = "#12436d", "#8a8a8a"


def series(**values: list[float | None]) -> pd.DataFrame:
    """A frame of academic years from 2015/16, one series a keyword; None is a withheld value."""
    rows = [
        (
            name,
            f"{2015 + place}/{16 + place}",
            float("nan") if value is None else value,
            "c" if value is None else "final",
        )
        for name, row in values.items()
        for place, value in enumerate(row)
    ]
    return pd.DataFrame(rows, columns=["area_name", "period", "value", "status"])


def drawn(
    chart: charts.Chart, folder: Path, *, title: str = "A title", source: str = "Somebody, Something"
) -> ET.Element:
    """The chart's SVG, parsed."""
    save(chart, folder / "test.chart", title=title, source=source)
    return ET.fromstring((folder / "test.chart.svg").read_text(encoding="utf-8"))


def texts(svg: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in svg.iter(f"{SVG}text")]


def paths(svg: ET.Element, colour: str) -> list[str]:
    """The outlines drawn in a colour."""
    return [p.get("d", "") for p in svg.iter(f"{SVG}path") if f": {colour}" in p.get("style", "")]


def strokes(svg: ET.Element, colour: str) -> list[int]:
    """How many points each line in a colour joins, in order of drawing."""
    return [
        len(re.findall(r"[ML] ", path))
        for path, style in ((p.get("d", ""), p.get("style", "")) for p in svg.iter(f"{SVG}path"))
        if f"stroke: {colour}" in style and "fill: none" in style and "stroke-width: 2" in style
    ]


# -- the words ------------------------------------------------------------------------------------------


def test_the_alternative_of_a_short_line_states_every_value() -> None:
    chart = charts.lines(series(Testborough=[1.25, 2.0, 3.0]))
    assert chart.alt == (
        "Line chart from 2015/16 to 2017/18. Testborough: 1.3% in 2015/16, 2.0% in 2016/17, 3.0% in 2017/18."
    )


def test_the_alternative_of_a_long_line_states_its_ends_and_extremes() -> None:
    chart = charts.lines(series(Testborough=[5, 1, 2, 3, 9, 4, 4, 4, 6]), unit="count")
    assert "5 in 2015/16 and 6 in 2023/24; lowest 1 in 2016/17, highest 9 in 2019/20" in chart.alt


def test_the_alternative_names_gaps_breaks_and_the_unit() -> None:
    marks = [charts.Break("2017/18", "New definition"), charts.Break("2030/31", "Not in the data")]
    chart = charts.lines(series(Testborough=[1, None, 3]), unit="per_1000", breaks=marks)
    assert "Values are per 1,000." in chart.alt
    assert "no value for 2016/17" in chart.alt
    assert "A break in the series is marked before 2017/18: New definition." in chart.alt
    assert "Not in the data" not in chart.alt


def test_the_alternative_of_bars_states_every_value_and_why_one_is_missing() -> None:
    frame = pd.DataFrame(
        {"need": ["Autism", "Hearing"], "value": [30.0, float("nan")], "status": ["final", "c"]}
    )
    chart = charts.bars(frame, category="need")
    assert chart.alt == "Bar chart. Autism: 30.0%; Hearing: confidential."


def test_the_focus_of_dots_has_its_interval_in_the_alternative() -> None:
    frame = pd.DataFrame(
        {"area_name": ["A", "B"], "value": [1.0, 2.0], "lower": [0.5, 1.5], "upper": [1.5, 2.5]}
    )
    chart = charts.dots(frame, focus="A")
    assert chart.alt == "Dot chart. B: 2.0%; A: 1.0% (95% confidence interval 0.5% to 1.5%)."


# -- the data table -------------------------------------------------------------------------------------


def test_the_table_of_lines_has_a_row_a_period_and_a_reason_for_what_is_missing() -> None:
    frame = series(A=[1, None, 3], B=[4, 5, 6])
    frame = frame[~((frame["area_name"] == "B") & (frame["period"] == "2015/16"))]
    chart = charts.lines(frame)
    assert chart.columns == ["Period", "A", "B"]
    assert chart.rows == [["2015/16", "1.0%", "x"], ["2016/17", "c", "5.0%"], ["2017/18", "3.0%", "6.0%"]]


def test_the_table_of_bars_is_in_the_order_drawn_with_intervals() -> None:
    frame = pd.DataFrame(
        {
            "provision": ["Plan", "Plan", "None", "None"],
            "area_name": ["A", "B"] * 2,
            "value": [1.0, 2.0, 3.0, 4.0],
            "lower": [0.5, 1.5, 2.5, float("nan")],
            "upper": [1.5, 2.5, 3.5, float("nan")],
        }
    )
    chart = charts.bars(frame, category="provision", series="area_name", lower="lower", upper="upper")
    assert chart.columns == ["Provision", "Area", "Per cent", "95% confidence interval"]
    assert chart.rows[0] == ["None", "A", "3.0%", "2.5% to 3.5%"]
    assert chart.rows[1] == ["None", "B", "4.0%", "z"]


def test_percentage_points_and_counts_are_shown_without_a_sign() -> None:
    frame = pd.DataFrame({"area_name": ["A", "B"], "value": [-1234.5, 2.0]})
    assert charts.bars(frame, category="area_name", unit="pp").rows == [["B", "2.0"], ["A", "−1,234.5"]]
    assert charts.bars(frame, category="area_name", unit="count").shown_values() == ["2", "−1,235"]


def test_months_and_januaries_stand_in_order_of_time() -> None:
    months = pd.DataFrame(
        {
            "area_name": "A",
            "period": ["April 2024", "October 2023", "December 2023"],
            "value": [1.0, 2.0, 3.0],
        }
    )
    assert [row[0] for row in charts.lines(months).rows] == ["October 2023", "December 2023", "April 2024"]


def test_labels_that_are_not_periods_stay_in_the_order_given() -> None:
    frame = pd.DataFrame(
        {"s": "A", "year_group": ["Reception", "Year 1", "Year 2"], "value": [1.0, 2.0, 3.0]}
    )
    chart = charts.lines(frame, x="year_group", series="s")
    assert [row[0] for row in chart.rows] == ["Reception", "Year 1", "Year 2"]
    assert chart.columns[0] == "Year group"


# -- the picture ----------------------------------------------------------------------------------------


def test_text_is_text_in_generic_fonts_and_the_picture_has_a_name(tmp_path: Path) -> None:
    svg = drawn(charts.lines(series(Testborough=[1, 2])), tmp_path, title="Shares & more")
    assert svg.get("role") == "img"
    title = svg.find(f"{SVG}title")
    assert title is not None
    assert title.text == "Shares & more"
    assert svg.get("aria-labelledby") == title.get("id") == "test.chart-title"
    assert "Testborough: 2.0%" in texts(svg)
    assert "Source: Somebody, Something" in texts(svg)
    assert "Shares & more" not in texts(svg)
    for element in svg.iter(f"{SVG}text"):
        assert "font-family: Arial, Helvetica, sans-serif" in element.get("style", "")


def test_of_ages_as_many_are_written_as_fit_and_no_value_stands_for_the_line(tmp_path: Path) -> None:
    ages = [str(age) for age in range(26)]
    frame = pd.DataFrame({"area_name": "Coventry", "age": ages, "value": [float(age) for age in range(26)]})
    written = texts(drawn(charts.lines(frame, x="age", unit="count"), tmp_path))
    assert "Coventry" in written and not [text for text in written if text.startswith("Coventry:")]
    assert "25" in written and "24" not in written


def test_a_line_is_not_drawn_across_a_missing_year_a_withheld_value_or_a_break(tmp_path: Path) -> None:
    whole = charts.lines(series(A=[1, 2, 3, 4, 5, 6]))
    assert strokes(drawn(whole, tmp_path), BLUE) == [6]
    frame = series(A=[1, 2, 3, 4, 5, 6])
    absent = charts.lines(frame[frame["period"] != "2018/19"])
    assert strokes(drawn(absent, tmp_path), BLUE) == [3, 2]
    withheld = charts.lines(series(A=[1, 2, None, 4, 5, 6]))
    assert strokes(drawn(withheld, tmp_path), BLUE) == [2, 3]
    broken = charts.lines(series(A=[1, 2, 3, 4, 5, 6]), breaks=[charts.Break("2016/17", "New")])
    assert strokes(drawn(broken, tmp_path), BLUE) == [1, 5]


def test_a_break_is_labelled_and_missing_years_stay_on_the_axis(tmp_path: Path) -> None:
    frame = series(A=[1, 2, 3, 4, 5])
    svg = drawn(
        charts.lines(frame[frame["period"] != "2017/18"], breaks=[charts.Break("2018/19", "Pandemic")]),
        tmp_path,
    )
    assert "Pandemic" in texts(svg)
    assert "2017/18" in texts(svg)


def test_an_axis_of_lines_that_does_not_start_at_zero_says_so(tmp_path: Path) -> None:
    high = drawn(charts.lines(series(A=[90, 91, 92])), tmp_path)
    low = drawn(charts.lines(series(A=[1, 91, 92])), tmp_path)
    assert "Per cent (the axis does not start at zero)" in texts(high)
    assert "Per cent" in texts(low)


def test_bars_start_at_zero_and_are_as_long_as_their_values(tmp_path: Path) -> None:
    frame = pd.DataFrame({"need": ["A", "B"], "value": [90.0, 45.0]})
    outlines = paths(drawn(charts.bars(frame, category="need"), tmp_path), BLUE)
    spans = []
    for outline in outlines:
        xs = [float(x) for x in re.findall(r"[ML] ([\d.]+)", outline)]
        spans.append((min(xs), max(xs)))
    (start, end), (other_start, other_end) = spans
    assert start == other_start
    assert (end - start) == pytest.approx(2 * (other_end - other_start), rel=1e-6)


def test_the_focus_stands_out_by_colour_and_by_weight(tmp_path: Path) -> None:
    frame = pd.DataFrame({"area_name": ["A", "B", "C"], "value": [1.0, 2.0, 3.0]})
    svg = drawn(charts.bars(frame, category="area_name", focus="B"), tmp_path)
    assert len(paths(svg, BLUE)) == 1
    assert len(paths(svg, GREY)) == 2
    bold = [e.text for e in svg.iter(f"{SVG}text") if "font-weight: 700" in e.get("style", "")]
    assert bold == ["B", "2.0%"]


def test_intervals_are_drawn_and_explained(tmp_path: Path) -> None:
    frame = pd.DataFrame({"area_name": ["A"], "value": [10.0], "lower": [8.0], "upper": [12.0]})
    assert "Thin lines show the 95% confidence interval." in texts(drawn(charts.dots(frame), tmp_path))
    assert not any("interval" in text for text in texts(drawn(charts.dots(frame, lower=None), tmp_path)))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_nothing_reaches_beyond_the_picture_and_labels_do_not_overlap(tmp_path: Path, count: int) -> None:
    names = [
        "Speech, language and communication needs",
        "Social, emotional and mental health",
        "Profound and multiple learning difficulty",
        "Moderate learning difficulty",
    ]
    chart = charts.lines(
        series(**{name: [50.0, 50.1 + place / 100] for place, name in enumerate(names[:count])})
    )
    svg = drawn(chart, tmp_path, source="A publisher with a long name, " * 6)
    width, height = (float(n) for n in svg.get("viewBox", "").split()[2:])
    rows: list[tuple[float, float]] = []
    for element in svg.iter(f"{SVG}text"):
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        size = float(re.search(r"font-size: ([\d.]+)px", element.get("style", ""))[1])  # type: ignore[index]
        assert size >= 9
        assert y >= 0.7 * size
        assert y <= height
        # Arial's letters are about half as wide as they are tall.
        if "middle" not in element.get("style", "") and "end" not in element.get("style", ""):
            assert x + 0.5 * size * len(element.text or "") <= width + 2
        if x > 0.6 * width and size > 9:
            rows.append((round(x), y))
    labels = sorted(y for x, y in rows if x == max(x for x, _ in rows))
    assert all(b - a >= 11 for a, b in pairwise(labels))


def test_labels_are_spread_near_where_they_belong() -> None:
    assert spread([5.0, 1.0], [1.0, 1.0], 0.0, 10.0) == [5.0, 1.0]
    centres = spread([5.0, 5.0, 5.0, 9.9], [1.0, 1.0, 1.0, 1.0], 0.0, 10.0)
    assert centres[:3] == [4.0, 5.0, 6.0]
    assert centres[3] == 9.5
    assert spread([0.0, 0.0], [1.0, 1.0], 0.0, 10.0) == [0.5, 1.5]


SCRIPT = """
import sys
from pathlib import Path
import pandas as pd
from send_jsna.figures import charts
from send_jsna.figures.charts.render import save
frame = pd.DataFrame({"area_name": ["A"] * 3 + ["B"] * 3, "period": ["2021/22", "2022/23", "2023/24"] * 2,
                      "value": [1.0, 2, 3, 3, 2, 1], "lower": [0.5] * 6, "upper": [3.5] * 6})
out = Path(sys.argv[1])
save(charts.lines(frame, lower="lower", upper="upper"), out / "a.lines", title="T", source="S")
save(charts.dots(frame[frame["period"] == "2023/24"]), out / "a.dots", title="T", source="S")
"""


def test_two_processes_draw_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", "1"), ("two", "2")):
        (tmp_path / name).mkdir()
        environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / name)],
            check=True,
            env=environment | {"PYTHONHASHSEED": seed, "MPLBACKEND": "agg"},
        )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["a.dots.svg", "a.lines.svg"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_figure_is_drawn_as_matplotlib_saves_it() -> None:
    def figure(word: str) -> Figure:
        made = Figure(figsize=(4, 3), dpi=200)
        axes = made.add_axes((0.2, 0.2, 0.7, 0.7))
        axes.plot([1, 2], [3, 4], marker="o")
        axes.set_xticks([1, 2], [word, word])
        for place, (size, weight) in enumerate([(9, "normal"), (11, "normal"), (11, "bold")]):
            made.text(0.5, place / 4, f"{word}\nand below", ha="right", va="top", size=size, weight=weight)
        return made

    with matplotlib.rc_context({"svg.hashsalt": "a", "svg.fonttype": "none", "text.parse_math": False}):
        for word in ("Words", "Words", "Other words, $ and %"):
            saved = io.StringIO()
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            figure(word).savefig(saved, format="svg", metadata=nothing, facecolor="white", dpi=72)
            assert draw(figure(word)) == saved.getvalue()


def test_a_picture_does_not_depend_on_those_drawn_before(tmp_path: Path) -> None:
    chart = charts.lines(series(Coventry=[10.0, 12.0], England=[9.0, 11.0]), focus="Coventry")
    other = charts.dots(pd.DataFrame({"area_name": ["Coventry", "England"], "value": [10.0, 12.0]}))
    first = save(chart, tmp_path / "a.first", title="A title", source="Somebody")
    save(other, tmp_path / "a.other", title="Another", source="Somebody")
    again = save(chart, tmp_path / "a.first", title="A title", source="Somebody")
    assert first == again


def test_pictures_share_no_ids_and_bring_no_style_for_the_page(tmp_path: Path) -> None:
    ids: list[str] = []
    for name in ("one.chart", "two.chart"):
        save(charts.lines(series(A=[1, 2])), tmp_path / name, title="T", source="S")
        text = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert "<style" not in text
        assert "matplotlib" not in text
        ids += re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


# -- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: charts.lines(series()), "the chart has no rows"),
        (lambda: charts.lines(series(A=[None, None])), "the chart has no values"),
        (lambda: charts.lines(series(A=[1], B=[1], C=[1], D=[1], E=[1])), "the chart has 5 series"),
        (lambda: charts.lines(series(A=[1]), y="share"), "the chart's frame has no column share"),
        (lambda: charts.lines(series(A=[1]), focus="Z"), "the chart's focus 'Z' is not in it"),
        (lambda: charts.lines(series(A=[1]), order=["B"]), "the chart's order and its series differ in 'A'"),
        (lambda: charts.lines(pd.concat([series(A=[1])] * 2)), "the chart has two values for A / 2015/16"),
        (lambda: charts.lines(series(A=[1]), breaks=[charts.Break("soon", "x")]), "period 'soon'"),
        (lambda: charts.bars(series(A=[1, 2]), category="area_name"), "the chart has two values for A"),
        (lambda: charts.dots(series(A=[None])), "the chart has no values"),
    ],
)
def test_a_chart_that_would_mislead_is_refused(call: Any, message: str) -> None:
    with pytest.raises(JsnaError) as caught:
        call()
    assert caught.value.line().startswith(message)


def test_more_rows_than_a_picture_holds_are_refused() -> None:
    frame = pd.DataFrame({"area_name": [f"Area {n}" for n in range(49)], "value": 1.0})
    with pytest.raises(FigureError, match="the chart has 49 rows"):
        charts.dots(frame)
