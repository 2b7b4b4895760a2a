"""Reading publishers' files: symbols are not numbers, noise is not decimals, and labels are data."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import ModuleType

import pandas as pd
import publisher_documents as docs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.table_layout import TableLayout
from send_jsna.editions.released import digest, documents
from send_jsna.errors import CatalogueError, DataError
from send_jsna.ingest.cell_text import (
    Names,
    clean_number,
    parse_value,
    published_sha256,
    read_text_table,
    slug,
)
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.ingest.tidy_rows import as_frame
from send_jsna.sources import nhs, nomis, school_statistics, sen2, send_dashboard
from send_jsna.sources.context import Context

ROOT = Path(__file__).parents[3]
NAMES = ROOT / "data" / "catalogue" / "publisher_names.csv"


@pytest.fixture(scope="module")
def context() -> Context:
    areas = Areas(ROOT / "data" / "areas")
    comparators = areas.comparators(areas.get("331"), "dfe-2025-05")
    return Context(areas, "E08000026", ("E08000026", *comparators.codes), Names.read(NAMES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.0999999999999999", (1.1, 1)),
        ("93.015900000000002", (93.0159, 4)),
        ("2.2999999999999998", (2.3, 1)),
        ("65.0", (65.0, 0)),
        ("1,234", (1234.0, 0)),
        ("1e-1", (0.1, 1)),
    ],
)
def test_binary_noise_is_not_taken_for_decimals(text: str, expected: tuple[float, int]) -> None:
    assert clean_number(text) == expected


@given(st.decimals(min_value=-10_000, max_value=10_000, places=3))
def test_a_printed_number_keeps_its_value(number: object) -> None:
    assert clean_number(str(number))[0] == pytest.approx(float(str(number)))


@pytest.mark.parametrize(
    ("text", "status"), [("c", "c"), ("x", "x"), ("z", "z"), ("low", "low"), ("-", "x"), ("", "x")]
)
def test_a_symbol_is_a_reason_code_and_never_nought(text: str, status: str) -> None:
    assert parse_value(text, "here") == (None, None, status)


def test_text_in_a_number_is_named_with_its_place() -> None:
    with pytest.raises(DataError, match=r"caseload, line 4: a cell is not a number"):
        parse_value("about 5", "caseload, line 4")


def test_a_packed_file_has_the_hash_of_what_was_published(tmp_path: Path) -> None:
    content = "\ufeffname,count\nCoventry,c\n".encode()
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(content))
    assert published_sha256(tmp_path / "a.csv") == published_sha256(tmp_path / "b.csv.gz")
    table = read_text_table(tmp_path / "b.csv.gz")
    assert table.to_dict("records") == [{"name": "Coventry", "count": "c"}]


def test_a_missing_publisher_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: the publisher file cannot be read.*--from"):
        read_text_table(tmp_path / "nowhere.csv")


def test_a_code_is_made_from_its_label() -> None:
    assert slug("Asian - Any other Asian background") == "asian_any_other_asian_background"


def names(tmp_path: Path, *rows: str) -> Names:
    path = tmp_path / "publisher_names.csv"
    path.write_text("\n".join([",".join(Names.HEADER), *rows]) + "\n", encoding="utf-8")
    return Names.read(path)


def test_a_pattern_puts_its_groups_into_the_breakdown(tmp_path: Path) -> None:
    found = names(tmp_path, "s,pattern,plans: age (?P<age>.+),plans_count,age={age},,,,").find(
        "s", "plans: age 20 and over"
    )
    assert found is not None
    assert (found.indicator, found.dimensions) == ("plans_count", {"age": "20_and_over"})


def test_an_exact_label_goes_before_a_pattern(tmp_path: Path) -> None:
    found = names(tmp_path, "s,pattern,.+,general,,,,,", "s,exact,plans,special,,,,,").find("s", "plans")
    assert found is not None
    assert found.indicator == "special"


def test_an_unknown_label_has_no_meaning(tmp_path: Path) -> None:
    assert names(tmp_path, "s,exact,plans,plans_count,,,,,").find("s", "places") is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("s,exact,plans,plans_count,stage=1,,,,", "line 2: unknown dimension stage"),
        ("s,almost,plans,plans_count,,,,,", "line 2: match 'almost'"),
    ],
)
def test_a_malformed_row_of_the_label_map_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        names(tmp_path, row)


def test_a_label_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="line 3: label 'plans' is mapped twice"):
        names(tmp_path, "s,exact,plans,plans_count,,,,,", "s,exact,plans,other_count,,,,,")


def test_a_sen2_file_becomes_observations_with_their_counts(context: Context, tmp_path: Path) -> None:
    columns = "time_period,geographic_level,country_code,region_code,new_la_code,breakdown_topic,breakdown"
    common = dict.fromkeys(context.names.labels("dfe-sen2-2025-requests"), "x")
    counts = dict.fromkeys(["request_outcome_six_weeks", "request_outcome_over_6_weeks"], "x")
    place = dict(
        zip(
            columns.split(","),
            (
                "2024",
                "Local authority",
                "E92000001",
                "E12000005",
                "E08000026",
                "All requests",
                "All requests",
            ),
            strict=True,
        )
    )
    told = {
        "requests_received_in_year": "1144",
        "requests_decided_not_to_assess": "288",
        "request_not_assess_pc": "25.2",
    }
    other = {**place, "new_la_code": "E09000001"}
    table = pd.DataFrame([{**place, **common, **counts, **told}, {**other, **common, **counts, **told}])
    table.to_csv(tmp_path / "requests.csv", index=False)
    files = SourceFiles("dfe-sen2-2025-requests", {"main": tmp_path / "requests.csv"})
    frame = sen2.tidy(files, context).set_index("indicator")
    assert set(frame["area_code"]) == {"E08000026"}
    refused = frame.loc["ehc_requests_refused_pct"]
    assert (refused["value"], refused["numerator"], refused["denominator"]) == (25.2, 288, 1144)
    assert frame.loc["ehc_requests_agreed_pct", "status"] == "x"


def test_years_a_plan_has_been_in_place_are_not_read(context: Context) -> None:
    assert context.names.find(sen2.BREAKDOWN, "Years EHC plan in place|1") is None
    assert context.names.find(sen2.BREAKDOWN, "Sex|Female") is not None


def test_the_tribunals_table_takes_a_dash_for_none_and_a_tilde_for_suppressed(
    context: Context, tmp_path: Path
) -> None:
    years = ["-", "1,133", "0.00%"] + ["5", "100", "5.00%"] * 9 + ["~", "200", "~", "90", "~"]
    pd.DataFrame([["Derby", "831", *years]]).to_csv(tmp_path / "appeals.csv", index=False, header=False)
    frame = sen2.tidy(docs.files("dfe-send-tribunals-2025", main=tmp_path / "appeals.csv"), context)
    appeals = frame[frame["indicator"] == "tribunal_appeals_count"].set_index("period")
    assert appeals.loc["2014", "value"] == 0
    assert (appeals.loc["2024", "status"], pd.isna(appeals.loc["2024", "value"])) == ("c", True)
    newer = frame[frame["indicator"] == "tribunal_appeal_new_method_pct"]
    assert newer["status"].tolist() == ["c"]


SLIDE = "\n".join(
    [
        "Numbe Coho\t\t" + "\t".join(["58,584"] * 11 + ["62,3"]),
        "Numbe children educati\tn with\t" + "\t".join(["1444"] * 6 + ["7930"] * 5 + ["98"]),
        "% of w coho\t\t" + "\t".join(["2.5%", "3 %"] * 5 + ["14.9%", "15."]),
        "Increase 2017/\t\t" + "\t".join(["0"] * 11 + ["19"]),
        "% increas 17/18\t\t" + "\t".join(["n/a"] + ["6.5%"] * 10 + ["24"]),
        "Special School\tSpecialism\t17/18\t18/19\t19/20\t20/21\t21/22\t22/23\t23",
        "Castlewood\tBroad Spectrum\t128\t136\t139\t156\t160\t160\t1",
        "\tTotal\t868\t909\t961\t1057\t1,170\t1,214\t1,",
        "",
    ]
)


DECK = documents.Slides("coventry-send-jsna-slides-2023", SLIDE)


def test_cells_cut_off_on_a_slide_are_observations_without_a_value(context: Context) -> None:
    rows = [
        *documents.sen_table(DECK, context, as_printed=True),
        *documents.places(DECK, context, as_printed=True),
    ]
    frame = as_frame(rows)
    cut = frame[frame["source_label"].str.contains("cut off")]
    assert set(cut["status"]) == {"x"}
    assert cut["value"].isna().all()
    assert set(cut["period"]) == {"2022/23", "2023/24"}
    assert (frame["status"] == "z").sum() == 1, "n/a of the base year"
    totals = frame[frame["indicator"] == "special_school_places_printed_total_count"]
    assert totals["value"].tolist()[:4] == [868, 909, 961, 1057]


def test_a_later_edition_leaves_out_what_the_council_worked_out(context: Context) -> None:
    rows = [
        *documents.sen_table(DECK, context, as_printed=False),
        *documents.places(DECK, context, as_printed=False),
    ]
    assert {row["indicator"] for row in rows} == {
        "pupil_headcount_count",
        "ehc_plan_pupils_count",
        "sen_support_pupils_count",
        "special_school_places_count",
    }


def test_a_row_of_the_digest_that_is_lost_or_differs_is_reported(context: Context) -> None:
    def a_row(value: str, area: str) -> pd.DataFrame:
        cells = {
            "indicator": "NEET 16-17",
            "publisher_code": "",
            "area_code": area,
            "area_name": area,
            "period": "2025 (Dec-Feb average)",
            "value": value,
            "source_id": "dfe-neet-2025",
        }
        return pd.DataFrame([cells])

    held = digest.tidy(a_row("3.6", "E08000026"), ["dfe-neet-2025"], context)
    assert digest.landing(a_row("3.6", "E08000026"), held, context).equal == 1
    assert "is 3.7 there and 3.6" in digest.landing(a_row("3.7", "E08000026"), held, context).problems[0]
    assert "is not among" in digest.landing(a_row("3.6", "E92000001"), held, context).problems[0]


@pytest.mark.parametrize(
    ("reader", "source_id", "expected"),
    [
        (nhs, "nhse-autism", "one of community_waits, autism_waits, mental_health"),
        (school_statistics, "dfe-spc-2022", "one of early_years, pupils, participation"),
        (nomis, "ons-births", "one of population, births"),
    ],
)
def test_a_reader_of_several_tables_is_told_by_the_catalogue_which_it_reads(
    reader: ModuleType, source_id: str, expected: str, context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    for layout, form in ((None, ""), (TableLayout(form="another"), "another")):
        files = SourceFiles(source_id, {"main": path}, layout=layout)
        with pytest.raises(CatalogueError, match=f"of the form '{form}'; .*{expected}"):
            reader.tidy(files, context)


def test_a_dashboard_table_without_declared_cells_is_refused(context: Context, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="dfe-absence-sen declares no cells"):
        send_dashboard.tidy(SourceFiles("dfe-absence-sen", {"main": tmp_path / "a.csv"}), context)
