"""Maps of small areas: text that is text, at most five classes, a pattern beside each colour, borders."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures import charts
from send_jsna.figures.charts import outlines
from send_jsna.figures.charts.render import save

SVG = "{http://www.w3.org/2000/svg}"
CLASSES = ("under 20%", "20% to under 30%", "30% to under 40%", "40% to under 50%", "50% and more")


def _square(place: int) -> tuple[tuple[outlines.Point, ...], ...]:
    x, y = 0.01 * (place % 3), 0.01 * (place // 3)
    return (((x, y), (x + 0.01, y), (x + 0.01, y + 0.01), (x, y + 0.01), (x, y)),)


def _map(of: tuple[int | None, ...], classes: tuple[str, ...] = CLASSES, **changed: Any) -> charts.AreaMap:
    """Squares in rows of three, two to a ward."""
    options: dict[str, Any] = {
        "labels": {"W0": "1", "W1": "2", "W2": "3"},
        "noun": "neighbourhoods",
        "finding": charts.Finding("The share is highest in Abbey (52%).", [52.0], "%", 0),
        "table": pd.DataFrame({"Ward": ["Abbey", "Bridge"], "Share": ["52%", "17%"]}),
        **changed,
    }
    places = [charts.MapPlace(_square(n), f"W{n // 2}", class_) for n, class_ in enumerate(of)]
    return charts.AreaMap(places, classes, **options)


def _drawn(chart: charts.AreaMap, folder: Path) -> ET.Element:
    save(chart, folder / "test.map", title="A map", source="Somebody, Something")
    return ET.fromstring((folder / "test.map.svg").read_text(encoding="utf-8"))


def _texts(svg: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in svg.iter(f"{SVG}text")]


def test_the_text_alternative_begins_with_the_finding_and_counts_the_classes() -> None:
    chart = _map((0, 1, 2, 3, 4, 4))
    assert chart.alt.startswith(
        "The share is highest in Abbey (52%). The map shows six neighbourhoods: one under 20%"
    )
    assert chart.alt.endswith("and two 50% and more.")
    assert chart.shown_values() == ["52%"]
    assert (chart.columns, chart.rows) == (["Ward", "Share"], [["Abbey", "52%"], ["Bridge", "17%"]])


def test_wards_are_counted_where_the_places_of_each_are_of_one_class() -> None:
    chart = _map((0, 0, 1, 1, None, None), classes=CLASSES[:2], noun="wards")
    assert (
        "The map shows three wards: one under 20%, one 20% to under 30% and one without a figure."
        in chart.alt
    )


def test_legend_and_labels_are_text_and_the_title_names_the_picture(tmp_path: Path) -> None:
    svg = _drawn(_map((0, 1, 2, 3, 4, None)), tmp_path)
    texts = _texts(svg)
    legend = [text for text in texts if "%" in text]
    assert legend == [words[:1].upper() + words[1:] for words in reversed(CLASSES)]
    assert {"1", "2", "3", "No figure", "Source: Somebody, Something"} <= set(texts)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "A map"
    sizes = {
        part.split("px")[0].split()[-1]
        for element in svg.iter(f"{SVG}text")
        for part in element.get("style", "").split(";")
        if "font" in part and "px" in part
    }
    assert min(map(float, sizes)) >= 9


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_no_two_classes_differ_by_colour_alone(tmp_path: Path, count: int) -> None:
    """The classes between the lightest and the darkest each have a pattern; those two are plain."""
    svg = _drawn(_map((*range(count), None), classes=CLASSES[:count]), tmp_path)
    patterns = {pattern.get("id") for pattern in svg.iter(f"{SVG}pattern")}
    assert len(patterns) == max(count - 2, 0) + 1  # all classes but the two ends, and places without a figure
    styles = [path.get("style", "") for path in svg.iter(f"{SVG}path") if "url(#" in path.get("style", "")]
    assert len(styles) == 2 * len(patterns)  # on the map, and in the legend


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    chart = _map((0, 1, 2, 3, 4, None))
    first = save(chart, tmp_path / "one", title="A map", source="S")
    assert save(chart, tmp_path / "one", title="A map", source="S") == first


def test_more_classes_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(FigureError, match="the map has 6 classes; expected at most 5"):
        _map((0, 1, 2, 3, 4, 5), classes=(*CLASSES, "more"))


def test_a_map_without_a_value_is_refused() -> None:
    with pytest.raises(NoDataError, match="no place with a value"):
        _map((None, None))


def test_the_border_of_a_group_leaves_out_the_lines_inside_it() -> None:
    rings = [("A", _square(0)[0]), ("A", _square(1)[0]), ("B", _square(2)[0])]
    lines = outlines.borders(rings)
    drawn = {frozenset(pair) for line in lines for pair in pairwise(line)}
    inside = frozenset({(0.01, 0.0), (0.01, 0.01)})
    between = frozenset({(0.02, 0.0), (0.02, 0.01)})
    assert inside not in drawn
    assert between in drawn
    assert len(drawn) == 9  # of twelve sides two pairs are shared, and one of the pairs is inside


def test_labels_that_would_cover_each_other_are_left_out_the_last_first() -> None:
    box = (1.0, 0.5)
    wanted = {"1": ((0.0, 0.0), box), "2": ((0.5, 0.0), box), "3": ((1.2, 0.0), box)}
    assert list(outlines.without_overlap(wanted, wanted)) == ["1", "3"]


def test_a_label_is_inside_its_group_where_the_middle_is_not() -> None:
    """Two squares far apart: their common middle is in neither."""
    here, there = _square(0)[0], tuple((x + 1, y) for x, y in _square(0)[0])
    x, y = outlines.middle([here, there])
    assert any(a <= x <= a + 0.01 for a in (0.0, 1.0))
    assert 0 <= y <= 0.01
