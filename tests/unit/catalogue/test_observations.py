"""The tidy table: bad files are refused by line, good ones read back, and queries take what was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from send_jsna.catalogue.dataset_file import parse_dataset, read_dataset, write_dataset
from send_jsna.catalogue.observation_table import ObservationTable
from send_jsna.catalogue.observations import COLUMNS, DIMENSIONS, as_objects, known
from send_jsna.catalogue.periods import academic_year
from send_jsna.errors import DataError


def row(**cells: str) -> dict[str, str]:
    period = academic_year(2025)
    base = dict.fromkeys(COLUMNS, "") | {
        "indicator": "ehc_plan_pct",
        "area_code": "E08000026",
        "period_type": str(period.type),
        "period": period.label,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "value": "4.3",
        "unit": "%",
        "decimals": "1",
        "status": "final",
        "source_id": "a-source",
    }
    return base | cells


def csv(*rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> bytes:
    lines = [",".join(header), *(",".join(line[name] for name in header) for line in rows)]
    return ("\n".join(lines) + "\n").encode()


def parse(content: bytes) -> pd.DataFrame:
    return parse_dataset(content, dataset="sen_prevalence", where="sen_prevalence.csv")


def test_a_row_is_identified_by_data_set_and_line() -> None:
    frame = parse(csv(row(), row(area_code="E92000001")))
    assert list(frame["observation_id"]) == ["sen_prevalence:2", "sen_prevalence:3"]
    assert list(frame["value"]) == [4.3, 4.3]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_crlf_are_accepted(prefix: bytes, newline: bytes) -> None:
    content = csv(row(), row(area_code="E92000001"))
    plain = parse(content)
    pd.testing.assert_frame_equal(parse(prefix + content.replace(b"\n", newline)), plain)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (csv(row()).replace(b"a-source", b"caf\xe9"), "line 2: byte 0xe9 is not UTF-8"),
        (csv(row()).replace(b",unit,", b",units,"), "line 1: the header lacks unit; also has units"),
        (csv(row()).rstrip() + b",extra\n", "line 2: the row has 28 cells; expected 27"),
        (csv(row()) + b"ehc_plan_pct,E08000026\n", "line 3: the row has 2 cells"),
        (csv(row(value="four")), "line 2, column value: 'four' is not a number"),
        (csv(row(value="inf")), "line 2, column value: 'inf' is not a number"),
        (csv(row(), row(phase="primary", numerator="1,2")), "line 3: the row has 28 cells"),
        (csv(row(status="guess")), "line 2, column status: status 'guess' is unknown"),
        (csv(row(status="c")), "line 2, column value: a withheld row has the value 4.3"),
        (csv(row(value="")), "line 2, column value: the value is empty"),
        (csv(row(period="soon")), "line 2, column period: period 'soon' has no known shape"),
        (
            csv(row(period_start="2024-08-31")),
            "line 2, column period_start: '2024-08-31' is not that of period 2024/25; expected 2024-09-01",
        ),
        (
            csv(row(period_type="calendar_year")),
            "column period_type: 'calendar_year' is not that of period 2024/25; expected academic_year",
        ),
        (
            csv(row(), row(phase="primary"), row()),
            "lines 2 and 4: the key ehc_plan_pct / E08000026 / 2024/25",
        ),
        (b"", "line 1: the header lacks indicator"),
        (csv(row()) + b'"unfinished\n', "line"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(content: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse(content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    frame = parse(csv(row(), row(status="x", value="", area_code="E92000001"), row(phase="primary")))
    path = tmp_path / "sen_prevalence.csv"
    path.write_bytes(write_dataset(frame))
    again = read_dataset(path)
    assert write_dataset(again) == path.read_bytes()
    assert sorted(again["area_code"]) == sorted(frame["area_code"])
    assert again["value"].isna().sum() == 1


@pytest.fixture
def frame() -> pd.DataFrame:
    earlier = academic_year(2024)
    years = {"period": earlier.label, "period_start": earlier.start.isoformat()}
    years["period_end"] = earlier.end.isoformat()
    return parse(
        csv(
            row(),
            row(**years, value="4.1"),
            row(phase="primary", value="3.0"),
            row(phase="secondary", value="3.3"),
            row(area_code="E92000001", value="", status="x"),
            row(area_code="E92000001", **years, value="4.8"),
        )
    )


def test_a_dimension_that_is_not_named_is_the_total(frame: pd.DataFrame) -> None:
    assert list(ObservationTable(frame).select("ehc_plan_pct", area="E08000026")["value"]) == [4.1, 4.3]


def test_a_star_is_every_breakdown_but_the_total_and_none_is_every_row(frame: pd.DataFrame) -> None:
    assert list(ObservationTable(frame).select("ehc_plan_pct", phase="*")["value"]) == [3.0, 3.3]
    assert len(ObservationTable(frame).select("ehc_plan_pct", phase=None)) == 6


def test_latest_is_the_newest_period_with_a_value(frame: pd.DataFrame) -> None:
    assert list(
        ObservationTable(frame).select("ehc_plan_pct", area="E92000001", period="latest")["value"]
    ) == [4.8]
    assert list(
        ObservationTable(frame).select("ehc_plan_pct", area="E08000026", period="latest")["value"]
    ) == [4.3]


def test_withheld_rows_are_selected_and_known_drops_them(frame: pd.DataFrame) -> None:
    rows = ObservationTable(frame).select("ehc_plan_pct", area="E92000001")
    assert len(rows) == 2
    assert list(known(rows)["period"]) == ["2023/24"]


def test_since_takes_later_periods_only(frame: pd.DataFrame) -> None:
    assert list(
        ObservationTable(frame).select("ehc_plan_pct", area="E08000026", since="2024/25")["value"]
    ) == [4.3]


def test_an_unknown_indicator_or_dimension_is_named(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no observations of indicator ehcp_pct"):
        ObservationTable(frame).select("ehcp_pct")
    with pytest.raises(DataError, match="no dimension stage"):
        ObservationTable(frame).select("ehc_plan_pct", stage="primary")


def test_a_query_gives_what_a_plain_filter_gives(frame: pd.DataFrame) -> None:
    other = frame.assign(indicator="sen_support_pct", value=frame["value"] + 1)
    both = pd.concat([other, frame.iloc[::-1]], ignore_index=True)
    table = ObservationTable(both)
    order = ["indicator", "area_code", "period_start", *DIMENSIONS]
    for indicators in ("ehc_plan_pct", ["sen_support_pct", "ehc_plan_pct"]):
        for phase in ("", "*", None, "primary", ["primary", "secondary"]):
            keep = both["indicator"].isin([indicators] if isinstance(indicators, str) else indicators)
            if phase is not None:
                keep &= both["phase"] != "" if phase == "*" else both["phase"].isin(listed(phase))
            plain = both[keep].sort_values(order, kind="stable").reset_index(drop=True)
            found = table.select(indicators, phase=phase)
            pd.testing.assert_frame_equal(found, plain)
            newest = plain.loc[plain["value"].notna(), "period_start"].max()
            latest = plain[plain["period_start"] == newest].reset_index(drop=True)
            pd.testing.assert_frame_equal(table.select(indicators, phase=phase, period="latest"), latest)


def test_what_is_done_to_an_answer_does_not_change_the_next(frame: pd.DataFrame) -> None:
    table = ObservationTable(frame)
    first = table.select("ehc_plan_pct")
    first["value"] = 0.0
    assert (table.select("ehc_plan_pct")["value"] != 0.0).all()


def test_text_as_objects_is_selected_as_text_is_and_as_little_changed(frame: pd.DataFrame) -> None:
    text, objects = ObservationTable(frame), ObservationTable(as_objects(frame))
    for asked in ({}, {"phase": "*"}, {"phase": None, "period": "latest"}, {"area": "nowhere"}):
        found = objects.select("ehc_plan_pct", **asked)
        pd.testing.assert_frame_equal(found, text.select("ehc_plan_pct", **asked), check_dtype=False)
        assert {found[name].dtype for name in ("area_code", "status")} == {np.dtype(object)}
        found.loc[:, "status"] = "changed"
        found["area_code"] = "changed"
    again = objects.select("ehc_plan_pct", phase=None)
    assert "changed" not in {*again["status"], *again["area_code"]}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
