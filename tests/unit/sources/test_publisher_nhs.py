"""NHS England: community waiting lists in three layouts, autism waits, and the tables made from them."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest
from openpyxl import load_workbook

from send_jsna.errors import DataError
from send_jsna.ingest.cell_text import ENGLAND
from send_jsna.sources import nhs, nhs_autism, nhs_workbooks

WORKBOOKS, AUTISM = "nhse-chs-workbooks", "nhse-autism-statistics"
COMMUNITY, AUTISM_TABLE = "nhse-chs-sitrep", "nhse-autism"


@pytest.fixture(scope="module")
def every(shared: Path) -> pd.DataFrame:
    """The rows of the maintainers' three workbooks, of every body; no test changes them."""
    folder = shared / "publisher" / "nhs"
    return nhs_workbooks.tidy(docs.files(WORKBOOKS, *sorted(folder.glob("*.xlsx"))), docs.context())


def chs(tmp_path: Path, name: str = "community_health_2023-12-01.xlsx", **changes: object) -> Path:
    """A synthetic workbook in the newest layout: England 100, the ICB of Coventry and a trust 40 and `*`."""
    services = ["(A) Podiatry", "(CYP) Audiology", "(CYP) Community paediatric service"]
    services += ["(CYP) Therapy interventions: Occupational therapy"]
    services += ["(CYP) Therapy interventions: Speech and language"]
    header = ["Organisation Type", "Organisation Code", "Organisation Name", *services]
    sheets = {}
    for title, england, icb in (("Table 4", 100, 40), ("Table 4f", 20, 10), ("Table 4g", 5, None)):
        sheets[title] = [
            [f"Waiting list by service, {changes.get(title, 'October 2023')}"],
            ["Blanks indicate no organisation submitted"],
            changes.get("header", header),
            ["National", "", "England", 1, *[england] * 4],
            ["Region", "Y60", "MIDLANDS", 1, *[england] * 4],
            ["ICB", "QWU", "COVENTRY AND WARWICKSHIRE", 1, *[icb] * 4],
            ["Provider", "RYG", "COVENTRY AND WARWICKSHIRE PARTNERSHIP NHS TRUST", 1, *["*"] * 4],
            [changes.get("kind", "Provider"), "XXX", "ELSEWHERE CIC", 1, *[7] * 4],
        ]
    sheets = {title: rows for title, rows in sheets.items() if title != changes.get("without")}
    return docs.write(tmp_path / name, docs.workbook(sheets))


def test_counts_and_shares_are_read_and_what_is_withheld_stays_so(tmp_path: Path) -> None:
    frame = nhs_workbooks.tidy(docs.files(WORKBOOKS, chs(tmp_path)), docs.context())

    assert len(frame) == 3 * 4 * 2
    listed = frame[frame["service"] == "speech_and_language"].set_index(["indicator", "area_code"])
    assert listed.loc[("community_waiting_list_count", ENGLAND), "value"] == 100
    share = listed.loc[("community_waiting_over_18_weeks_pct", ENGLAND)]
    assert (share["value"], share["numerator"], share["denominator"]) == (25.0, 25.0, 100.0)
    assert listed.loc[("community_waiting_over_18_weeks_pct", "QWU"), "status"] == "x"
    assert listed.loc[("community_waiting_list_count", "RYG"), "status"] == "c"
    assert listed.loc[("community_waiting_over_18_weeks_pct", "RYG"), "status"] == "c"
    assert set(frame["period"]) == {"October 2023"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"without": "Table 4f"}, "the sheet 'Table 4f' is gone"),
        ({"Table 4g": "September 2023"}, "it is of September 2023; expected October 2023"),
        ({"Table 4": "some time"}, "names no month"),
        ({"kind": "Alliance"}, "row 5 under the header: an organisation is of no known kind"),
        ({"header": ["a", "b", "c", "Podiatry", "Audiology"]}, "no row of the sheet is a header"),
        (
            {"header": ["a", "b", "c", "(A) Podiatry", "(CYP) Hearing", "(CYP) x", "(CYP) y", "(CYP) z"]},
            r"the column '\(CYP\) Audiology' is gone",
        ),
    ],
)
def test_another_layout_is_one_sentence(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        nhs_workbooks.tidy(docs.files(WORKBOOKS, chs(tmp_path, **changes)), docs.context())


def test_two_workbooks_of_one_month_must_agree(tmp_path: Path) -> None:
    first = chs(tmp_path)
    again = docs.write(tmp_path / "again.xlsx", first.read_bytes())
    frame = nhs_workbooks.tidy(docs.files(WORKBOOKS, first, again), docs.context())
    assert len(frame) == 24


def test_a_further_sheet_changes_nothing(tmp_path: Path) -> None:
    first = chs(tmp_path)
    book = load_workbook(first)
    book.create_sheet("Table 5").append(["Another table", "many"])
    book.save(tmp_path / "more.xlsx")
    files = docs.files(WORKBOOKS, first, tmp_path / "more.xlsx")
    assert len(nhs_workbooks.tidy(files, docs.context())) == 24
    assert files.left_out == {}


def test_a_workbook_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    files = docs.files(
        WORKBOOKS, chs(tmp_path), chs(tmp_path, "community_health_2024-01-01.xlsx", without="Table 4f")
    )
    frame = nhs_workbooks.tidy(files, docs.context())
    assert set(frame["period"]) == {"October 2023"}
    ((sentence, is_wrong),) = files.left_out.items()
    assert is_wrong and "2024-01-01" in sentence and "'Table 4f' is gone" in sentence


def test_values_two_workbooks_differ_in_are_left_out_alone(tmp_path: Path) -> None:
    first = chs(tmp_path)
    book = load_workbook(first)
    rows = list(book["Table 4"].iter_rows())
    (row,) = [row for row in rows if row[2].value == "England"]
    row[5].value = 101
    book.save(tmp_path / "again.xlsx")
    files = docs.files(WORKBOOKS, first, tmp_path / "again.xlsx")
    frame = nhs_workbooks.tidy(files, docs.context())
    assert len(frame) == 24
    unclear = frame[frame["status"] == "u"]
    assert set(unclear["area_code"]) == {ENGLAND} and unclear["service"].nunique() == 1
    assert unclear["value"].isna().all()
    assert all("two workbooks differ" in sentence for sentence in files.left_out)


@pytest.mark.shared
def test_england_and_the_icb_have_the_values_of_the_table_made_from_the_workbooks(
    shared: Path, every: pd.DataFrame
) -> None:
    """All rows that both hold, of every body known here: 43 organisations, three months, four services."""
    frame = every
    derived = _derived(shared / "publisher" / "nhs" / "la_ch_time_series_derived.csv.gz")

    both = frame.merge(derived, on=["indicator", "area_code", "period", "service"], suffixes=("", "_derived"))
    assert len(both) == len(frame) == 1_048
    equal = (both["value"] - both["value_derived"]).abs() < 1e-9
    assert (equal | (both["value"].isna() & both["value_derived"].isna())).all()
    assert set(frame["period"]) == {"January 2023 (month)", "July 2023", "October 2023"}
    assert frame["area_code"].nunique() == 44


def _derived(path: Path) -> pd.DataFrame:
    """The table made from the workbooks, an organisation looked up by its kind and name."""
    known = nhs_workbooks.organisation_codes(docs.context())
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            kind = "icb" if line["Organisation Type"] == "ICB" else "trust"
            name = line["Organisation Name"]
            code = ENGLAND if name == "England" else known.get((kind, nhs.plain_name(name)))
            if code is None or line["Organisation Type"] == "Region":
                continue
            numbers = [
                _number(line[k]) for k in ("Total waiting list", "Waiting >18-52 weeks", "Waiting >52 weeks")
            ]
            total, long, longest = numbers
            over = None if None in numbers or not total else round(100 * (long + longest) / total, 4)
            key = {
                "area_code": code,
                "period": nhs.of_month(line["formattedDate"]).label,
                "service": line["Therapy"].casefold().replace(" ", "_"),
            }
            rows.append({"indicator": "community_waiting_list_count", **key, "value": total})
            rows.append({"indicator": "community_waiting_over_18_weeks_pct", **key, "value": over})
    return pd.DataFrame(rows).astype({"value": "float64"})


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@pytest.mark.shared
def test_england_has_the_values_of_the_publishers_national_series(shared: Path) -> None:
    folder = shared / "publisher" / "nhs"
    frame = nhs_workbooks.tidy(docs.files(WORKBOOKS, *sorted(folder.glob("*.xlsx"))), docs.context(ENGLAND))
    held = frame.set_index(["indicator", "period", "service"])["value"]
    checked = 0
    with (folder / "eng_ch_time_series_derived.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            period = nhs.of_month(line["formattedDate"]).label
            if period in set(frame["period"]):
                service = line["Therapy"].casefold().replace(" ", "_")
                share = float(line["Percentage waiting more than 18 weeks"])
                listed = float(line["Total waiting list"])
                assert held["community_waiting_list_count", period, service] == listed
                assert held["community_waiting_over_18_weeks_pct", period, service] == pytest.approx(
                    share, abs=1e-4
                )
                checked += 1
    assert checked == 12


@pytest.mark.shared
def test_an_edition_keeps_the_rows_of_its_own_bodies(shared: Path, every: pd.DataFrame) -> None:
    folder = shared / "publisher" / "nhs"
    files = docs.files(WORKBOOKS, *sorted(folder.glob("*.xlsx")))
    for code in ("QHL", "QWU", "QT6"):
        own = nhs_workbooks.tidy(files, docs.context(code, ENGLAND))
        expected = every[every["area_code"].isin([code, ENGLAND])]
        key = ["indicator", "area_code", "period", "service"]
        pd.testing.assert_frame_equal(
            own.sort_values(key, ignore_index=True), expected.sort_values(key, ignore_index=True)
        )


@pytest.mark.shared
def test_every_row_of_the_digest_of_these_months_is_among_the_workbooks(
    shared: Path, every: pd.DataFrame
) -> None:
    """Coventry's rows of figures.csv, all of them that fall into the three months."""
    frame = every
    held = frame.set_index(["indicator", "area_code", "period", "service"])["value"]
    names = docs.context().names
    known = nhs.organisation_names(docs.context(ENGLAND, "QWU", "RYG"))
    checked = 0
    with (shared / "figures.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["source_id"] != COMMUNITY:
                continue
            meaning = names.require(COMMUNITY, line["indicator"])
            period = nhs.of_month(line["period"]).label
            if period not in set(frame["period"]) or not line["value"]:
                continue
            key = (
                meaning.indicator,
                known[nhs.plain_name(line["area_name"])],
                period,
                meaning.dimensions["service"],
            )
            assert held[key] == pytest.approx(float(line["value"]), abs=0.05)
            checked += 1
    assert checked == 56


# -- autism --------------------------------------------------------------------------------------------------


def test_england_and_organisations_are_told_apart_and_other_metrics_left_out(tmp_path: Path) -> None:
    path = docs.write(
        tmp_path / "AutismStats_Apr2022_Mar2023_SubICB.csv",
        docs.autism(
            docs.autism_row("44"),
            docs.autism_row("*", SECONDARY_LEVEL="Under 10"),
            docs.autism_row("51", body=""),
            docs.autism_row("9", METRIC="ASD14", METRIC_NAME="Withdrawn"),
            docs.autism_row("60", body="ZZZZZ"),
        ),
    )
    frame = nhs_autism.tidy(docs.files(AUTISM, path), docs.context())

    found = {(r.area_code, r.age): (r.value, r.status) for r in frame.itertuples()}
    assert found[("B2M3M", "10_to_17")] == (44.0, "provisional")
    assert found[("B2M3M", "under_10")][1] == "c"
    assert found[(ENGLAND, "10_to_17")] == (51.0, "final")
    assert len(frame) == 3


def test_the_wrong_year_counts_as_corrected_once_a_release_of_november_2025_is_there(tmp_path: Path) -> None:
    old = docs.write(tmp_path / "old.csv", docs.autism(docs.autism_row("44")))
    new = docs.write(tmp_path / "new.csv", docs.autism(docs.autism_row("50", month="2025-09")))
    frame = nhs_autism.tidy(docs.files(AUTISM, old, new), docs.context())
    assert set(frame["status"]) == {"final"}


def test_the_file_that_reaches_furthest_counts_and_equal_reach_must_agree(tmp_path: Path) -> None:
    older = docs.write(tmp_path / "older.csv", docs.autism(docs.autism_row("44")))
    newer = docs.write(
        tmp_path / "newer.csv", docs.autism(docs.autism_row("45.0"), docs.autism_row("1", month="2022-06"))
    )
    frame = nhs_autism.tidy(docs.files(AUTISM, older, newer), docs.context())
    assert frame.set_index("period").loc["May 2022", "value"] == 45.0

    for value, status in (("46", "u"), ("*", "c")):
        rows = [docs.autism_row(value), docs.autism_row("40", month="2022-04")]
        other = docs.write(tmp_path / "other.csv", docs.autism(*rows))
        files = docs.files(AUTISM, older, other)
        frame = nhs_autism.tidy(files, docs.context()).set_index("period")
        assert (frame.loc["May 2022", "status"], frame.loc["April 2022", "value"]) == (status, 40.0)
        assert pd.isna(frame.loc["May 2022", "value"])
        ((sentence, is_wrong),) = files.left_out.items()
        assert is_wrong and "two values" in sentence and "B2M3M, 2022-05-01" in sentence

    files = docs.files(
        AUTISM, older, docs.write(tmp_path / "other.csv", docs.autism(docs.autism_row("46"))), newer
    )
    frame = nhs_autism.tidy(files, docs.context())
    assert frame.set_index("period").loc["May 2022", "value"] == 45.0
    assert files.left_out == {}, "what a newer file puts right is not said"


def test_a_zip_of_tables_is_read_like_its_tables(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("../../AutismStats_x.csv", docs.autism(docs.autism_row("44")))
        parts.writestr("readme.txt", "no table")
    path = docs.write(tmp_path / "AutismStats_x.zip", packed.getvalue())
    assert nhs_autism.tidy(docs.files(AUTISM, path), docs.context())["value"].tolist() == [44.0]
    docs.write(path, packed.getvalue()[:-30])
    with pytest.raises(DataError, match="zip file is damaged"):
        nhs_autism.tidy(docs.files(AUTISM, path), docs.context())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (docs.autism(), "the table has no rows"),
        (docs.autism(docs.autism_row(METRIC="ASD16")), "no file has a row of ASD19e"),
        (docs.autism(docs.autism_row(METRIC_VALUE="many")), "a cell is not a number"),
        (docs.autism(docs.autism_row(month="May")), "has no known shape"),
        (docs.autism(docs.autism_row()).replace(b"METRIC_VALUE", b"VALUE"), "'METRIC_VALUE' is gone"),
        (b"<html><body>Sorry</body></html>", "web page and not a table"),
    ],
)
def test_a_faulty_table_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = docs.write(tmp_path / "AutismStats.csv", content)
    with pytest.raises(DataError, match=message):
        nhs_autism.tidy(docs.files(AUTISM, path), docs.context())


@pytest.mark.shared
def test_raw_files_give_the_values_of_the_table_made_from_them(shared: Path, tmp_path: Path) -> None:
    """The department's table names the file each row came from: the twenty files are made again from it."""
    source = shared / "publisher" / "send_ap_prepared" / "autism.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        by_file: dict[str, list[dict[str, str]]] = defaultdict(list)
        for line in csv.DictReader(file):
            by_file[line["source"]].append(line)
    paths = [docs.write(tmp_path / name, docs.records(docs.AUTISM, lines)) for name, lines in by_file.items()]
    frame = nhs_autism.tidy(docs.files(AUTISM, *paths), docs.context())
    prepared = nhs.tidy(docs.files("nhse-autism", main=source), docs.context())
    known = {area.code for area in docs.context().areas}
    prepared = prepared[prepared["area_code"].isin(known)]

    key = ["indicator", "area_code", "period", "age"]
    both = frame.merge(prepared, on=key, suffixes=("", "_prepared"))
    assert len(both) == len(frame) == len(prepared)
    assert len(both) >= 8_385
    equal = both["value"] == both["value_prepared"]
    assert (equal | (both["value"].isna() & both["value_prepared"].isna())).all()
    wrong = both["period_start"].between("2022-04-01", "2023-03-31") & (both["area_code"] != ENGLAND)
    assert (both["status"].eq("provisional") == (wrong & both["value"].notna())).all()

    # Coventry's rows of figures.csv, all of them.
    held = frame.set_index(["indicator", "area_code", "period", "age"])["value"]
    names, checked = docs.context().names, 0
    with (shared / "figures.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["source_id"] == AUTISM_TABLE and line["value"]:
                meaning = names.require(AUTISM_TABLE, line["indicator"])
                code = line["area_name"].rpartition("(")[2].rstrip(")")
                period = nhs.of_month(line["period"]).label
                key = (meaning.indicator, code, period, meaning.dimensions["age"])
                assert held[key] == float(line["value"])
                checked += 1
    assert checked == 153
