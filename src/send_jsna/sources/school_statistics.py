"""Department for Education: releases on early years, pupils, speech and language, and participation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from send_jsna.periods import academic_year, parse_period, winter_quarter
from send_jsna.sources.common import as_frame, cells, number_or_none, read_text_table, row, with_area_codes
from send_jsna.sources.context import Context

EYFSP = "dfe-eyfsp-2022"
PUPILS = "dfe-spc-2022"
SPEECH = "dfe-sen-ncyear-2022"
SPEECH_YEAR_1 = "dfe-sen-ncyear-2022-year-1"
NEET = "dfe-neet-2025"

#: Columns of the participation scorecard and the label each is mapped under.
NEET_COLUMNS = {
    "NEET_not_known_percent": "NEET or not known, 16-17",
    "NEET_NK_EHCP_percent": "NEET or not known, 16-17 with EHC plan",
    "NEET_NK_SENDsupport_percent": "NEET or not known, 16-17 SEN support",
    "NEET_NK_noSEN_percent": "NEET or not known, 16-17 no SEN",
    "NEET_percent": "NEET 16-17",
    "cohort_EHCP_percent": "16-17 cohort with EHC plan",
    "cohort_SENDsupport_percent": "16-17 cohort with SEN support",
    "cohort_noSEN_percent": "16-17 cohort with no SEN",
}
YEAR_1 = "Year 1 pupils on SEN support with primary need SLCN"


def tidy(context: Context) -> pd.DataFrame:
    """Observations of the four releases."""
    publisher = context.publisher
    early_years = read_text_table(publisher / "send_ap" / "1_eyfsp_headline_measures_2022.csv.gz")
    pupils = read_text_table(publisher / "spc" / "spc_pupils_ethnicity_and_language.data.csv.gz")
    neet = read_text_table(publisher / "neet" / "UD_NEETNK_LA_dashboard_final.csv")
    by_year = read_text_table(publisher / "bbc_slcn" / "scldf_wide.csv.gz")
    year_1 = read_text_table(publisher / "bbc_slcn" / "merged_sen_data.csv")
    rows = [
        *_early_years(early_years, context),
        *_pupils(pupils, context),
        *_neet(neet, context),
        *_speech_by_year_group(by_year, context),
        *_speech_year_1(year_1, context),
    ]
    return as_frame(rows)


def _early_years(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Good level of development 2021/22 by characteristic, boys and girls together."""
    table = table[(table["gender"] == "Total") & (table["lad_code"] == "")]
    for line in cells(with_area_codes(table, context.codes)):
        label = f"EYFSP good level of development: {line['characteristic']} - {line['characteristic_type']}"
        meaning = context.names.find(EYFSP, label)
        if meaning is None:
            continue
        yield row(
            indicator=meaning.indicator,
            dimensions=meaning.dimensions,
            area_code=line["area_code"],
            period=parse_period(line["time_period"]),
            text=line["gld_percentage"],
            numerator=number_or_none(line["gld_number"]),
            denominator=number_or_none(line["children_number"]),
            source_id=EYFSP,
            source_label=label,
            source_period=line["time_period"],
        )


def _pupils(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Pupils by first language and by ethnic group, with the headcount of every phase."""
    table = with_area_codes(table, context.codes)
    total = (table["ethnicity"] == "Total") & (table["language"] == "Total")
    whole = table[total & (table["phase_type_grouping"] == "Total")]
    headcount = {(r["area_code"], r["time_period"]): r["headcount"] for r in cells(whole)}
    for line in cells(table):
        phase, ethnicity, language = line["phase_type_grouping"], line["ethnicity"], line["language"]
        if ethnicity == language == "Total":
            label, text, counted = (
                "Pupils" if phase == "Total" else f"Pupils in {phase}",
                line["headcount"],
                False,
            )
        elif phase == "Total" and ethnicity == "Total":
            label, text, counted = (
                f"Pupils by first language: {language} (all state-funded)",
                line["percent_of_pupils"],
                True,
            )
        elif phase == "Total" and language == "Total" and line["area_code"] in context.headline:
            label, text, counted = f"Pupils by ethnicity: {ethnicity}", line["percent_of_pupils"], True
        else:
            continue
        meaning = context.names.find(PUPILS, label)
        if meaning is None:
            continue
        pupils = headcount[(line["area_code"], line["time_period"])]
        yield row(
            indicator=meaning.indicator,
            dimensions=meaning.dimensions,
            area_code=line["area_code"],
            period=parse_period(line["time_period"]),
            text=text,
            numerator=number_or_none(line["headcount"]) if counted else None,
            denominator=number_or_none(pupils) if counted else None,
            source_id=PUPILS,
            source_label=label,
            source_period=line["time_period"],
        )


def _neet(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    for line in cells(with_area_codes(table[table["Age"] == "16-17"], context.codes)):
        for column, label in NEET_COLUMNS.items():
            meaning = context.names.exact[(NEET, label)]
            yield row(
                indicator=meaning.indicator,
                dimensions=meaning.dimensions,
                area_code=line["area_code"],
                period=winter_quarter(int(line["time_period"])),
                text=line[column],
                source_id=NEET,
                source_label=column,
                source_period=f"{line['time_period']} (Dec-Feb average)",
            )


def _speech_by_year_group(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """Pupils on SEN support whose primary need is speech and language, by national curriculum year.

    The extract holds one column a school year and one line a year group and cohort; a pair the extract does
    not hold is left empty there and is not an observation.
    """
    table = table[(table["la_name"] == context.areas.get(context.subject).name)]
    for line in cells(table):
        label = f"SEN support pupils with primary need SLCN, {line['year_group']}"
        meaning = context.names.find(SPEECH, label)
        for column in (name for name in table.columns if re.fullmatch(r"20\d{4}", name)):
            if meaning is None or line[column] in ("", "NA"):
                continue
            yield row(
                indicator=meaning.indicator,
                dimensions=meaning.dimensions,
                area_code=context.subject,
                period=parse_period(column),
                text=line[column],
                source_id=SPEECH,
                source_label=label,
                source_period=column,
            )


def _speech_year_1(table: pd.DataFrame, context: Context) -> Iterator[dict[str, Any]]:
    """The share of Year 1 pupils on SEN support for speech and language, from the two counts beside it."""
    meaning = context.names.exact[(SPEECH, YEAR_1)]
    for line in cells(table[table["new_la_code"].isin(context.codes)]):
        for end in range(2016, 2023):
            column = f"{end - 1}{end % 100:02d}"
            count, pupils = (
                number_or_none(line[f"{column}_language"]),
                number_or_none(line[f"{column}_pupils"]),
            )
            share = "x" if count is None or not pupils else f"{100 * count / pupils:.4f}"
            yield row(
                indicator=meaning.indicator,
                dimensions=meaning.dimensions,
                area_code=line["new_la_code"],
                period=academic_year(end),
                text=share,
                numerator=count,
                denominator=pupils,
                source_id=SPEECH_YEAR_1,
                source_label=YEAR_1,
                source_period=column,
            )
