"""Indices of Deprivation and neighbour workbooks. Synthetic values, but where a test is marked shared."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import publisher_documents as docs
import pytest

from send_jsna.errors import DataError
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import deprivation, neighbours

NAME = "File_11_-_IoD{year}_Local_Authority_District_Summaries__upper-tier__.xlsx"


@pytest.mark.parametrize("year", [2019, 2025])
def test_scores_ranks_and_shares_of_both_releases(tmp_path: Path, year: int) -> None:
    path = docs.write(tmp_path / NAME.format(year=year), docs.deprivation(year))
    frame = deprivation.tidy(docs.files(f"mhclg-iod-{year}", path), docs.context())

    assert set(frame["area_code"]) == {docs.COVENTRY}
    assert set(frame["period"]) == {str(year)}
    assert frame.set_index("indicator")["value"].to_dict() == {
        f"{index}_{measure}": value
        for index in ("imd", "idaci")
        for measure, value in (
            ("average_score", 25.612),
            ("average_score_rank", 45.0),
            ("average_rank", 19_000.5),
            ("most_deprived_decile_pct", 14.4),
        )
    }


def test_another_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME.format(year=2019)
    rows = [["LA code", "IMD - Average score"], [docs.COVENTRY, 25.6]]
    measures = [f"IMD - {measure}" for measure in deprivation.MEASURES]
    whole = [["Upper Tier Local Authority District code (2019)", *measures], [docs.COVENTRY, 1, 2, 3, 0.1]]
    for content, message in (
        (docs.workbook({"IMD": rows, "IDACI": rows}), "no row is a header of upper-tier authorities"),
        (docs.workbook({"IMD": whole}), "the sheet 'IDACI' is gone"),
        (docs.deprivation(share=14.4), "reaches beyond 1; expected proportions"),
    ):
        docs.write(path, content)
        with pytest.raises(DataError, match=message):
            deprivation.tidy(docs.files("mhclg-iod-2019", path), docs.context())
    nameless = docs.write(tmp_path / "summary.xlsx", docs.deprivation())
    with pytest.raises(DataError, match="does not tell the release"):
        deprivation.tidy(docs.files("mhclg-iod", nameless), docs.context())


def test_a_renamed_column_is_refused_by_name(tmp_path: Path) -> None:
    code = "Upper Tier Local Authority District code (2019)"
    row = [code, "IMD - Mean score", "IMD - Rank of average score", "IMD - Average rank"]
    row += ["IMD - Proportion of LSOAs in most deprived 10% nationally"]
    rows = [row, [docs.COVENTRY, 1, 2, 3, 0.1]]
    path = docs.write(tmp_path / NAME.format(year=2019), docs.workbook({"IMD": rows, "IDACI": rows}))
    with pytest.raises(DataError, match=r"the column 'IMD - Average score' is gone; expected"):
        deprivation.tidy(docs.files("mhclg-iod-2019", path), docs.context())


# -- neighbours ----------------------------------------------------------------------------------------------

NUMBERS = [int(area.dfe_number) for area in docs.context().areas if area.dfe_number]
OTHERS = [number for number in NUMBERS if number not in (331, 831)]


def test_abolished_authorities_are_left_out_and_ranks_keep_their_gap(tmp_path: Path) -> None:
    path = docs.write(tmp_path / "sn.xlsx", docs.neighbours([331, 928, 831, *OTHERS[:130]]))
    codes = {"331": "E08000026", "831": "E06000015"}
    rows = neighbours.read(path, codes, where="sn.xlsx")
    assert rows == [("E08000026", 2, "E06000015", "Very close")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (docs.neighbours(NUMBERS, first="Authority"), "no sheet has a header of neighbours"),
        (docs.neighbours(NUMBERS[:50]), "it lists 50 authorities; expected at least 120"),
        (docs.neighbours([331, *NUMBERS]), "an authority is listed twice|has a neighbour twice"),
        (docs.workbook({"x": [["LA num", "SN1", "SN2"], [331, 1, 2]]}), "the column 'SN1' and 'SNP'"),
        (b"LA num,SN1\n331,831\n", "it is not an Excel workbook"),
    ],
)
def test_another_layout_of_neighbours_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = docs.write(tmp_path / "sn.xlsx", content)
    with pytest.raises(DataError, match=message):
        neighbours.read(path, {}, where="sn.xlsx")


@pytest.mark.shared
def test_the_workbooks_give_the_committed_lists_by_version(shared: Path) -> None:
    paths = {version: shared / "publisher" / "lait" / name for version, name in neighbours.FILES.items()}
    areas = docs.context().areas
    lists = neighbours.lists(SourceFiles("dfe-statistical-neighbours", paths), areas)
    for name, content in lists.items():
        assert (docs.ROOT / "data" / "areas" / name).read_bytes() == content
    assert len(lists) == 2


DISTRICTS = "mhclg-iod-2025-districts"


def districts(**changes: object) -> bytes:
    """A table of districts with invented values: Coventry, and a district of a county."""
    row = dict.fromkeys(deprivation.DISTRICTS, 0.5) | {
        "ltla24_code": docs.COVENTRY,
        "ltla24_name": "Coventry",
    }
    other = row | {"ltla24_code": "E07000218", "ltla24_name": "North Warwickshire"}
    return docs.records(list(row), [row | changes, other])


def test_the_table_of_districts_is_read_of_authorities_alone(tmp_path: Path) -> None:
    path = docs.write(tmp_path / "imd2025_england_ltla24.csv", districts())
    frame = deprivation.tidy(docs.files(DISTRICTS, main=path), docs.context())
    assert set(frame["area_code"]) == {docs.COVENTRY}
    assert set(frame["period"]) == {"2025"}
    assert frame.set_index("indicator")["value"].to_dict() == {
        "imd_average_score": 0.5,
        "imd_average_rank": 0.5,
        "imd_most_deprived_decile_pct": 50.0,
    }


def test_another_table_of_districts_is_refused(tmp_path: Path) -> None:
    share = next(column for column, (_, is_share) in deprivation.DISTRICTS.items() if is_share)
    for content, name, says in (
        (districts(**{share: 17.7}), "imd2025.csv", "reaches beyond 1; expected proportions"),
        (districts().replace(b"imd_average_score", b"score"), "imd2025.csv", "'imd_average_score' is gone"),
        (districts(), "imd.csv", "does not tell the release"),
        (districts(ltla24_name="Derby"), "imd2025.csv", "the keys of a row are not of one area"),
    ):
        path = docs.write(tmp_path / name, content)
        with pytest.raises(DataError, match=says):
            deprivation.tidy(docs.files(DISTRICTS, main=path), docs.context())


def test_the_real_table_has_coventry_as_its_neighbourhoods_do(shared: Path) -> None:
    """36 of its 203 neighbourhoods are in the most deprived tenth: the file of neighbourhoods says so too."""
    path = shared / "further" / "small_area" / "imd2025_england_ltla24.csv.gz"
    frame = deprivation.tidy(docs.files(DISTRICTS, main=path), docs.context())
    mine = frame[frame["area_code"] == docs.COVENTRY].set_index("indicator")["value"].to_dict()
    assert mine == {
        "imd_average_score": 27.528,
        "imd_average_rank": 20_616.29,
        "imd_most_deprived_decile_pct": pytest.approx(100 * 36 / 203, abs=0.005),
    }
    assert frame["area_code"].nunique() == 63 + 36 + 33  # unitary, metropolitan, London


def test_shares_of_districts_are_those_of_their_neighbourhoods(shared: Path) -> None:
    folder = shared / "further"
    places = pd.read_csv(folder / "geo" / "lookup_lsoa21_ward24_ltla24.csv.gz")
    scores = pd.read_csv(folder / "small_area" / "imd2025_england_lsoa21.csv.gz")
    joined = scores.merge(places, on="lsoa21_code", validate="1:1")
    shares = joined.groupby("ltla24_code")["IMD_decile"].agg(lambda deciles: 100 * (deciles == 1).mean())
    path = folder / "small_area" / "imd2025_england_ltla24.csv.gz"
    frame = deprivation.tidy(docs.files(DISTRICTS, main=path), docs.context())
    read = frame[frame["indicator"] == "imd_most_deprived_decile_pct"].set_index("area_code")["value"]
    assert len(joined) == 33_755
    assert (read - shares[read.index]).abs().max() < 0.011  # printed as a proportion with four decimals
