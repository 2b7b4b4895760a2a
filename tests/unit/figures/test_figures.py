"""Publishing figures: what is recorded, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import AREA, COUNTRY, NEIGHBOUR, make_run, open_run, parameters

from send_jsna.catalogue.observations import known
from send_jsna.errors import (
    DataError,
    DuplicateFigureError,
    FailedValidationError,
    FigureError,
    NotebookError,
    WithheldInputError,
)
from send_jsna.figures import charts
from send_jsna.figures.records import read_figures
from send_jsna.figures.run_context import read_observations
from send_jsna.figures.supplement import Supplement
from send_jsna.wording import format_number


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path)


@pytest.fixture
def supplement(run: Path) -> Supplement:
    return open_run(run)


def publish(supplement: Supplement, figure_id: str = "test.latest", **changes: Any) -> Any:
    rows = known(supplement.observations("test_pct", period="latest"))
    given: dict[str, Any] = {
        "title": "A made-up share, Testborough, 2024/25",
        "inputs": rows,
        "method": "As published.",
        "unit": "%",
    }
    given |= changes
    return supplement.number(figure_id, given.pop("value", 12.0), **given)


# -- what is recorded -----------------------------------------------------------------------------------


def test_a_number_is_recorded_with_what_it_was_made_from(supplement: Supplement, run: Path) -> None:
    publish(supplement, interval=(10.1, 14.2))
    published, refused = read_figures(run)
    record = published["test.latest"]
    assert (record.shown, record.value, record.lower, record.upper) == ("12.0%", 12.0, 10.1, 14.2)
    assert record.datasets == ["test"]
    assert len(record.inputs) == 1
    assert record.inputs[0].startswith("test:")
    assert refused == {}


def test_warnings_of_inputs_are_shown_with_the_figure_once(tmp_path: Path) -> None:
    run = make_run(
        tmp_path,
        warnings={"test": ["Rounded.", "Provisional."]},
        indicator_warnings={"test_pct": ["Provisional."], "other": ["Not this."]},
    )
    assert publish(open_run(run)).warnings == ["Rounded.", "Provisional."]


def test_a_chart_is_two_files_and_its_data(supplement: Supplement, run: Path) -> None:
    rows = known(supplement.observations("test_pct", area="headline"))
    chart = charts.lines(rows, focus=supplement.area)
    record = supplement.chart(
        "test.series", chart, title="Made-up shares", inputs=rows, method="As published."
    )
    assert record.alt.startswith("Made-up shares. Line chart from 2022/23 to 2024/25. Testborough: 10.0% in")
    assert record.columns == ["Period", "Testborough", "Test Region", "Testland"]
    assert record.files == {"svg": "test.series.svg"}
    for name in record.files.values():
        assert (run / "figures" / name).stat().st_size > 0
    assert "Source: Nobody, Made-up figures" in (run / "figures" / "test.series.svg").read_text(
        encoding="utf-8"
    )


def test_a_table_shows_counts_as_counts(supplement: Supplement) -> None:
    rows = known(supplement.observations("test_pct"))
    frame = pd.DataFrame({"Period": ["2024/25"], "Pupils": [1234], "Share": ["12.0%"]})
    record = supplement.table("test.table", frame, title="T", inputs=rows, method="As published.")
    assert record.rows == [["2024/25", "1,234", "12.0%"]]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "shown"),
    [
        (12.25, "%", None, "12.3%"),
        (0.04, "%", None, "less than 0.1%"),
        (0.0, "%", None, "0.0%"),
        (-1.25, "pp", None, "−1.3 percentage points"),
        (1234.5, "count", None, "1,235"),
        (2.675, "per 1,000", 2, "2.68"),
    ],
)
def test_numbers_are_rounded_as_published_tables_are(
    value: float, unit: str, decimals: int | None, shown: str
) -> None:
    assert format_number(value, unit=unit, decimals=decimals) == shown


# -- how it looks in a notebook -------------------------------------------------------------------------


def test_a_notebook_shows_a_number_with_its_id(supplement: Supplement) -> None:
    shown = publish(supplement)._repr_mimebundle_()
    assert shown["text/plain"] == "test.latest: 12.0%"
    assert "<code>test.latest</code>: <strong>12.0%</strong>" in shown["text/html"]


def test_a_notebook_shows_a_chart_with_its_text_alternative(supplement: Supplement) -> None:
    rows = known(supplement.observations("test_pct"))
    record = supplement.chart(
        "test.series", charts.lines(rows), title="Shares > 0", inputs=rows, method="As published."
    )
    html = record._repr_mimebundle_()["text/html"]
    assert 'role="img" aria-label="Shares &gt; 0. Line chart from 2022/23' in html
    assert '<th scope="row">2024/25</th><td>12.0%</td>' in html


def test_a_notebook_shows_a_table_with_header_cells(supplement: Supplement) -> None:
    rows = known(supplement.observations("test_pct"))
    frame = pd.DataFrame({"Period": ["2024/25"], "Share": ["12.0%"]})
    record = supplement.table("test.table", frame, title="T", inputs=rows, method="As published.")
    html = record._repr_mimebundle_()["text/html"]
    assert '<th scope="col">Share</th>' in html
    assert '<th scope="row">2024/25</th>' in html


# -- what is refused ------------------------------------------------------------------------------------


def test_an_id_is_published_once(supplement: Supplement, run: Path) -> None:
    publish(supplement)
    with pytest.raises(DuplicateFigureError, match=r"test\.latest is already published by supplement\.ipynb"):
        publish(supplement, value=99.0)
    assert read_figures(run)[0]["test.latest"].value == 12.0


def test_a_second_chart_of_an_id_does_not_replace_the_picture(supplement: Supplement, run: Path) -> None:
    rows = known(supplement.observations("test_pct"))
    given: dict[str, Any] = {"inputs": rows, "method": "As published."}
    supplement.chart("test.series", charts.lines(rows), title="First", **given)
    before = (run / "figures" / "test.series.svg").read_bytes()
    with pytest.raises(DuplicateFigureError):
        supplement.chart("test.series", charts.lines(rows, unit="count"), title="Second", **given)
    assert (run / "figures" / "test.series.svg").read_bytes() == before


RACE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from synthetic import open_run
from send_jsna.errors import DuplicateFigureError
from send_jsna.catalogue.observations import known
run, name = Path(sys.argv[2]), sys.argv[3]
supplement = open_run(run, name)
rows = known(supplement.observations("test_pct"))
print("ready", flush=True)
sys.stdin.readline()
won = []
for number in range(40):
    try:
        supplement.number(f"race.n{number}", 1.0, title="T", inputs=rows, method="M")
        won.append(number)
    except DuplicateFigureError as error:
        assert "already published by" in str(error)
print(json.dumps(won))
"""


def test_an_id_is_published_once_across_processes(run: Path) -> None:
    command = [sys.executable, "-c", RACE, str(Path(__file__).parents[2] / "support"), str(run)]
    racers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    won = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    for racer in racers:
        output, _ = racer.communicate(timeout=60)
        assert racer.returncode == 0
        won.append(json.loads(output))
    assert sorted(won[0] + won[1]) == list(range(40))
    records = read_figures(run)[0]
    assert len(records) == 40
    for name, numbers in zip(("one", "two"), won, strict=True):
        assert all(records[f"race.n{number}"].notebook == name for number in numbers)
    assert not list((run / "figures").glob(".*"))


def test_a_withheld_value_is_no_input(supplement: Supplement) -> None:
    rows = supplement.stored("test_pct", area=NEIGHBOUR.code)
    with pytest.raises(WithheldInputError, match=r"which its publisher withheld \(c: confidential\)"):
        publish(supplement, inputs=rows)


def test_a_data_set_that_failed_validation_feeds_no_figure(supplement: Supplement, run: Path) -> None:
    rows = supplement.observations("bad_pct")
    with pytest.raises(FailedValidationError, match="data set bad failed validation: values in range"):
        publish(supplement, "bad.latest", inputs=rows)
    published, refused = read_figures(run)
    assert "bad.latest" not in published
    assert refused["bad.latest"].refused == "data set bad failed validation: values in range"


def test_a_chart_of_failed_data_leaves_no_picture(supplement: Supplement, run: Path) -> None:
    rows = supplement.observations("bad_pct")
    with pytest.raises(FailedValidationError):
        supplement.chart("bad.series", charts.lines(rows), title="T", inputs=rows, method="M")
    assert [path.name for path in (run / "figures").iterdir()] == ["bad.series.refused.json"]


@pytest.mark.parametrize("empty", ["", "  ", None, float("nan")])
def test_a_table_with_an_empty_cell_is_refused(supplement: Supplement, empty: Any) -> None:
    rows = known(supplement.observations("test_pct"))
    frame = pd.DataFrame({"Period": ["2023/24", "2024/25"], "Share": ["11.0%", empty]}, dtype=object)
    with pytest.raises(
        FigureError, match=r"empty cell in row 2, column Share; expected a value or a reason code"
    ):
        supplement.table("test.table", frame, title="T", inputs=rows, method="M")


def test_a_text_alternative_without_values_is_refused(supplement: Supplement, run: Path) -> None:
    rows = known(supplement.observations("test_pct"))
    with pytest.raises(FigureError, match="states none of its values"):
        supplement.chart(
            "test.series", charts.lines(rows), title="T", inputs=rows, method="M", alt="A chart that rises."
        )
    assert read_figures(run) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"figure_id": "Latest"}, "figure id 'Latest' is malformed"),
        ({"inputs": []}, "has no inputs"),
        ({"inputs": ["test:999"]}, "uses unknown observation test:999"),
        ({"method": " "}, "has no method or no title"),
        ({"title": ""}, "has no method or no title"),
        ({"value": float("nan")}, "has no finite value"),
    ],
)
def test_a_figure_that_cannot_be_traced_is_refused(
    supplement: Supplement, run: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(FigureError, match=message):
        publish(supplement, **changes)
    assert read_figures(run) == ({}, {})


# -- opening a run --------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameter", ["area", "edition", "comparators"])
def test_a_supplement_is_opened_with_the_parameters_of_its_run(run: Path, parameter: str) -> None:
    wrong: Any = [] if parameter == "comparators" else "other"
    with pytest.raises(NotebookError, match=f"parameter {parameter} is"):
        Supplement.open("supplement", **(parameters(run) | {parameter: wrong}))


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="no run in"):
        Supplement.open("supplement", **parameters(tmp_path))


def test_the_rows_of_some_data_sets_are_read_alone(run: Path) -> None:
    rows = read_observations(run)
    assert set(rows["dataset"]) > {"bad"}
    pd.testing.assert_frame_equal(
        read_observations(run, datasets=["bad"]), rows[rows["dataset"] == "bad"].reset_index(drop=True)
    )
    assert read_observations(run, datasets=[]).empty


def test_observations_are_the_areas_own_unless_asked_otherwise(supplement: Supplement) -> None:
    own = supplement.observations("test_pct")
    assert set(own["area_code"]) == {AREA.code}
    headline = supplement.observations("test_pct", area="headline", period="latest")
    assert list(headline["area_name"]) == ["Testborough", "Test Region", "Testland"]
    everyone = supplement.observations("test_pct", area="comparators", period="2024/25")
    assert list(everyone["area_code"])[-1] == NEIGHBOUR.code
    assert supplement.observations("test_pct", area=COUNTRY)["value"].tolist() == [12.0, 13.0, 14.0]
    with pytest.raises(DataError, match="no observations of indicator nothing"):
        supplement.observations("nothing")
