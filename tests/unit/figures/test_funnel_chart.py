"""Funnel plots and fitted lines: their words, their tables, and their pictures."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from send_jsna.errors import FigureError, NoDataError
from send_jsna.figures import charts
from send_jsna.figures.charts.funnel import PLACES, places
from send_jsna.figures.charts.points import PointChart
from send_jsna.figures.charts.render import save
from send_jsna.statistics.funnel import PLACES as KNOWN_PLACES
from send_jsna.statistics.funnel import proportion_limits
from send_jsna.statistics.funnel_places import exact_places


def areas(count: int = 40) -> pd.DataFrame:
    """Made-up areas of growing size, all with three in ten but the first, which has six."""
    sizes = [50 + 40 * place for place in range(count)]
    names = ["Testborough", "Exampleton", *(f"Area {place}" for place in range(2, count))]
    shares = [0.6, *([0.3] * (count - 1))]
    counts = [round(size * share) for size, share in zip(sizes, shares, strict=True)]
    return pd.DataFrame({"area_name": names, "numerator": counts, "denominator": sizes})


def funnel(frame: pd.DataFrame, **changes: Any) -> PointChart:
    options: dict[str, Any] = {
        "target": 0.3,
        "target_name": "Testland",
        "focus": "Testborough",
        "neighbours": ["Exampleton", "Nowhere"],
        "x_name": "People",
        "y_name": "Tests",
        **changes,
    }
    found = charts.funnel(frame, **options)
    assert isinstance(found, PointChart)
    return found


def fit(frame: pd.DataFrame, **changes: Any) -> PointChart:
    band = pd.DataFrame({"x": [0.0, 100.0], "expected": [1.0, 2.0], "lower": [0.0, 1.0], "upper": [2.0, 3.0]})
    options: dict[str, Any] = {
        "focus": "Testborough",
        "neighbours": ["Exampleton"],
        "x_name": "Deprivation",
        "y_name": "Tests",
        **changes,
    }
    found = charts.fit(frame, band, **options)
    assert isinstance(found, PointChart)
    return found


def scattered(count: int = 20) -> pd.DataFrame:
    names = ["Testborough", "Exampleton", *(f"Area {place}" for place in range(2, count))]
    xs = [5.0 * place for place in range(count)]
    rows = {"area_name": names, "x": xs, "y": [1 + x / 100 for x in xs], "place": "as expected"}
    return pd.DataFrame(rows)


def test_the_area_and_its_neighbours_are_named_and_no_others() -> None:
    chart = funnel(areas())
    assert chart.columns == ["Area", "People", "Tests", "Against the limits"]
    assert chart.rows == [
        ["Testborough", "50", "60.0%", "above the 99.8% limit"],
        ["Exampleton", "90", "30.0%", "within the limits"],
    ]
    assert not any("Area 7" in part for part in (chart.alt, *map(str, chart.rows)))


def test_the_text_alternative_states_the_values_and_where_all_areas_lie() -> None:
    alt = funnel(areas()).alt
    assert alt.startswith("Funnel plot of 40 authorities: tests against people.")
    assert "Testborough: 60.0% at 50, above the 99.8% limit." in alt
    assert "The centre line is Testland, 30.0%." in alt
    assert "39 within the limits, 1 above the 99.8% limit" in alt


def test_the_limits_narrow_as_areas_grow() -> None:
    chart = funnel(areas())
    upper = next(curve for curve in chart.curves if curve.name == "99.8% limits")
    inner = next(curve for curve in chart.curves if curve.name == "95% limits")
    assert upper.ys[0] > upper.ys[-1] > 30
    assert all(outer > near for outer, near in zip(upper.ys, inner.ys, strict=True))
    # The normal approximation of the limit at the largest area is near the exact one.
    size = upper.xs[-1]
    assert upper.ys[-1] == pytest.approx(30 + 309.02 * math.sqrt(0.3 * 0.7 / size), abs=0.15)


def test_every_place_of_the_method_has_its_words() -> None:
    assert set(PLACES) == set(KNOWN_PLACES) - {"not known"}
    frame = pd.DataFrame({"numerator": [100, 250, 270, 330, 500], "denominator": [1000] * 5})
    assert places(frame, 0.3) == [
        "below the 99.8% limit",
        "below the 99.8% limit",
        "below the 95% limit only",
        "above the 95% limit only",
        "above the 99.8% limit",
    ]


@pytest.mark.parametrize("target", [0.0, 1.0, 30.0, math.nan])
def test_a_centre_line_that_is_no_proportion_is_refused(target: float) -> None:
    with pytest.raises(FigureError, match="no proportion"):
        funnel(areas(), target=target)


def test_an_area_that_is_not_there_or_there_twice_is_refused() -> None:
    with pytest.raises(FigureError, match="focus 'Elsewhere' is not in it"):
        funnel(areas(), focus="Elsewhere")
    with pytest.raises(FigureError, match="two values for Area 3"):
        funnel(pd.concat([areas(), areas()[3:4]]))
    with pytest.raises(NoDataError):
        funnel(areas()[:1], neighbours=[])


def test_the_fitted_line_and_the_place_are_in_words() -> None:
    chart = fit(scattered())
    assert "The fitted line runs from 1.0% at 0.0% to 2.0% at 100.0%." in chart.alt
    assert "Exampleton 1.1% (as expected)" in chart.alt
    assert chart.rows[0] == ["Testborough", "0.0%", "1.0%", "as expected"]


def test_a_band_without_its_columns_is_refused() -> None:
    with pytest.raises(FigureError, match="no column upper"):
        charts.fit(
            scattered(),
            pd.DataFrame({"x": [0.0], "expected": [1.0], "lower": [0.0]}),
            focus="Testborough",
            neighbours=[],
            x_name="x",
            y_name="y",
        )


@pytest.mark.parametrize("kind", ["funnel", "fit"])
def test_the_picture_is_the_same_each_time_names_the_area_and_stays_on_its_paper(
    tmp_path: Path, kind: str
) -> None:
    made = []
    for place in range(2):
        chart = funnel(areas()) if kind == "funnel" else fit(scattered())
        folder = tmp_path / str(place)
        folder.mkdir()
        save(chart, folder / "t.x", title="Tests & more", source="Nobody")
        made.append((folder / "t.x.svg").read_bytes())
    assert made[0] == made[1]
    svg = made[0].decode()
    assert 'role="img" aria-labelledby="t.x-title"' in svg and "Tests &amp; more" in svg
    for text in ("Testborough", "Statistical neighbours", "Other authorities", "Source: Nobody"):
        assert text in svg
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', svg)[0])
    places = [float(x) for x in re.findall(r'<text[^>]*transform="translate\(([-\d.]+)', svg)]
    assert all(0 <= x <= width for x in places)


def test_a_small_area_is_placed_by_chance_and_not_by_the_interpolated_line() -> None:
    """All of sixteen, where 87 % are usual, is what one such area in ten has."""
    assert pytest.approx(0.098, abs=0.001) == 0.865**16
    assert proportion_limits(0.865, 16, 0.998)[1] < 1
    frame = pd.DataFrame({"numerator": [16, 160], "denominator": [16, 160]})
    assert places(frame, 0.865) == ["within the limits", "above the 99.8% limit"]


def test_exact_places_are_those_of_the_binomial_test() -> None:
    """Oracle: scipy's one-sided exact tests, count by count."""
    tails = {"below": "less", "above": "greater"}
    for count in range(41):
        found = str(exact_places(count, 40, 0.3))
        chance = {side: binomtest(count, 40, 0.3, tail).pvalue for side, tail in tails.items()}
        expected = "within"
        for level, limit in ((0.025, "95%"), (0.001, "99.8%")):
            for side, p in chance.items():
                expected = f"{side} {limit}" if p < level else expected
        assert found == expected, count


def test_for_large_areas_exact_places_and_the_drawn_limits_agree() -> None:
    counts = np.arange(2500, 3501, 25)
    (low, high), (lowest, highest) = (proportion_limits(0.3, 10_000, level) for level in (0.95, 0.998))
    drawn = np.array(KNOWN_PLACES)[np.searchsorted([lowest, low, high, highest], counts / 10_000)]
    assert (exact_places(counts, 10_000, 0.3) == drawn).mean() > 0.95


def test_exact_places_of_missing_and_impossible_counts() -> None:
    assert str(exact_places(math.nan, 10, 0.3)) == "not known"
    with pytest.raises(ValueError, match="row 1: count is not a whole number"):
        exact_places([1, 1.5], [10, 10], 0.3)
    with pytest.raises(ValueError, match="row 0"):
        exact_places([11], [10], 0.3)
    with pytest.raises(ValueError, match="target 2"):
        exact_places([1], [10], 2)
