"""Department for Education: Local Authority Interactive Tool.

The tool's data are one long table of text values; its dictionary says what kind of year each measure counts
in. That the year named is the one that ends the academic or financial year was checked against the original
publications: pupils with EHC plans "2023" are the census of January 2023 (2022/23), "2025" of the
participation measures is December 2024 to February 2025, and exclusions print the pair of years themselves.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from send_jsna.periods import parse_period
from send_jsna.sources.common import as_frame, cells, read_text_table, row
from send_jsna.sources.context import Context

SOURCE = "dfe-lait-2026-04"
FILE = "lait/bds_long_0.parquet"


def read_values(path: Path) -> pd.DataFrame:
    """The long table, as text, with the tool's area number without its decimal point."""
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    table["LA Number"] = table["LA Number"].fillna(0).astype("int64").astype("str")
    return table.fillna({"Values": "-"}).astype("str")


def read_year_types(path: Path) -> dict[str, str]:
    """Kind of year of each measure, by its short name."""
    dictionary = read_text_table(path)
    return dict(zip(dictionary["Measure_short"], dictionary["Year_Type"], strict=True))


def tidy(context: Context) -> pd.DataFrame:
    """Observations of the mapped measures, missing ones among them."""
    values = read_values(context.publisher / FILE)
    year_types = read_year_types(context.publisher / "lait" / "lait_data_dictionary.csv.gz")
    meanings = context.names.labels(SOURCE)
    area_codes = {**context.by_number, **_region_numbers(context)}
    chosen = values[values["Short Desc"].isin(list(meanings)) & values["LA Number"].isin(list(area_codes))]
    rows = []
    for line in cells(chosen):
        label = line["Short Desc"]
        printed = f"{line['Years']} ({year_types[label]})"
        rows.append(
            row(
                indicator=meanings[label].indicator,
                dimensions=meanings[label].dimensions,
                area_code=area_codes[line["LA Number"]],
                period=parse_period(printed),
                text=line["Values"],
                provisional="(prov)" in line["Years"],
                source_id=SOURCE,
                source_label=label,
                source_period=printed,
            )
        )
    return as_frame(rows)


def _region_numbers(context: Context) -> dict[str, str]:
    """The tool's numbers of England and of the regions, for those the edition holds."""
    numbers = {
        "970": "E92000001",
        "980": "E12000001",
        "981": "E12000002",
        "982": "E12000003",
        "983": "E12000004",
        "984": "E12000005",
        "985": "E12000006",
        "986": "E12000007",
        "989": "E12000008",
        "990": "E12000009",
    }
    return {number: code for number, code in numbers.items() if code in context.codes}
