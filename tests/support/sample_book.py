"""A small run with a book of four chapters, for the tests of the report; it needs no data of the project."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from send_jsna.figures import charts
from send_jsna.figures.charts.render import save
from send_jsna.figures.records import FigureRecord
from send_jsna.report import RunFigures
from send_jsna.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
YEARS = [f"{year}/{year % 100 + 1:02d}" for year in range(2015, 2025)]

TERMS = [
    {"term": "key stage 2", "definition": "The last four years of primary school, ages seven to eleven."},
    {"term": "COVID-19", "definition": "The illness that closed schools in 2020 and 2021."},
    {
        "term": "EHC plan",
        "definition": "Education, health and care plan: a legal document for a child.",
    },
]

CHAPTERS = {
    "index.qmd": """# Welcome {.unnumbered}

This assessment is about children in []{setting="area.name"}, against []{setting="area.region"}.
It was released on []{setting="edition.released"}.

## How to read it

Each number is a link to the way it was made.
""",
    "01-summary.qmd": """# Summary {#sec-summary}

Of all pupils in []{setting="area.name"}, []{figure="ehcp.share.latest"} have an EHC plan, which is
[]{figure="ehcp.share.standing"} England's []{figure="ehcp.share.england"}. The series is in
[]{ref="ehcp.share.series"} in [the chapter on plans](02-plans.qmd), and @sec-plans says more about it.

A second paragraph repeats []{figure="ehcp.share.latest"}.

- Since September 2014 the law speaks of plans; COVID-19 changed key stage 2 in 2020/21.
- One report is called [SEN in England, 57 facts]{.title}.

## What we cannot tell

Nothing beyond []{figure="lost.number"} and the numbers above.
""",
    "02-plans.qmd": """# Plans {#sec-plans}

The share is in []{ref="ehcp.share.series"}, the years are in []{ref="ehcp.table.years"}.

::: {figure="ehcp.share.series"}
:::

## Year by year

::: {figure="ehcp.table.years"}
:::

### A heading below

::: {figure="lost.chart"}
:::

::: {figure="survey.answers" optional="true"}
:::
""",
    "22-audit.qmd": """# Audit {#sec-audit}

## Where each figure comes from

::: {generated="audit"}
:::

## Methods

::: {generated="methods"}
:::

## Data quality

::: {generated="data_quality"}
:::

## Sources

::: {generated="sources"}
:::

## Areas

::: {generated="neighbours"}
:::

## Accessibility statement

The pages follow the guidelines.

## Glossary

::: {generated="glossary"}
:::

::: paper-only

## Data behind the charts

::: {generated="chart_data"}
:::

:::
""",
}


@dataclass(frozen=True)
class SampleEdition:
    """An edition as the report needs it."""

    id: str = "2025"
    title: str = "Edition 2025"
    released: date = date(2025, 11, 20)
    previous: str | None = "2023"
    corrections: str = "2025"
    origin: str = "released"


@dataclass
class Sample:
    """A run ready to be assembled."""

    settings: Settings
    run_folder: Path
    figures: dict[str, FigureRecord]
    refused: dict[str, FigureRecord]
    lineage: dict[str, dict[str, Any]]
    edition: SampleEdition

    @property
    def reports(self) -> Path:
        """The book's folder."""
        return self.settings.reports

    def arguments(self) -> dict[str, Any]:
        """What ``assemble`` is called with, beside the run folder and the engine."""
        return {
            "settings": self.settings,
            "catalogue": None,
            "edition": self.edition,
            "figures": RunFigures(self.figures, self.refused, self.lineage),
        }

    def chapter(self, name: str) -> Path:
        """The file of a chapter."""
        return self.reports / _place(name)

    def write_chapter(self, name: str, text: str) -> None:
        """Replace a chapter."""
        self.chapter(name).write_text(text, encoding="utf-8")


def build_sample(folder: Path) -> Sample:
    """Make a project and a run in a folder."""
    project, run = folder / "project", folder / "run"
    for name in ("data/editions", "notebooks", "data/catalogue"):
        (project / name).mkdir(parents=True)
    for name in ("figures", "notebooks", "validation"):
        (run / name).mkdir(parents=True)
    shutil.copytree(ROOT / "data" / "areas", project / "data" / "areas")
    _write_book(project / "reports")
    (project / "data/catalogue/terms.yaml").write_text(yaml.safe_dump(TERMS), encoding="utf-8")
    (project / "data/catalogue/usage_warnings.yaml").write_text(
        yaml.safe_dump(
            {"break_in_series": "The series has a break: values before and after it differ in kind."}
        ),
        encoding="utf-8",
    )
    (run / "context.json").write_text(json.dumps(_context(project)), encoding="utf-8")
    (run / "validation/summary.json").write_text(json.dumps(_summary()), encoding="utf-8")
    page = (
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>{0}</title></head>'
        "<body><main><h1>{0}</h1>{1}</main></body></html>"
    )
    (run / "validation/index.html").write_text(
        page.format("Validation", '<h2 id="ehc_caseload">ehc_caseload</h2>'), encoding="utf-8"
    )
    (run / "notebooks/education.html").write_text(
        page.format("Education", '<h2 id="cell-publish-share">Cell</h2>'), encoding="utf-8"
    )
    (run / "ledger.sqlite").write_bytes(b"SQLite format 3\0")
    figures, refused = _figures(run / "figures")
    lineage = {key: _entry(record) for key, record in figures.items()}
    settings = Settings(project_root=project)
    return Sample(settings, run, figures, refused, lineage, SampleEdition())


def _write_book(reports: Path) -> None:
    for part in ("filters", "theme"):
        shutil.copytree(ROOT / "reports" / part, reports / part)
    config = yaml.safe_load((ROOT / "reports/_quarto.yml").read_text(encoding="utf-8"))
    config["book"]["chapters"] = [_place(name) for name in CHAPTERS]
    (reports / "chapters").mkdir()
    (reports / "_quarto.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    for name, text in CHAPTERS.items():
        (reports / _place(name)).write_text(text, encoding="utf-8")


def _place(name: str) -> str:
    """Where a chapter is kept, as in the project's own book."""
    return name if name == "index.qmd" else f"chapters/{name}"


def _context(project: Path) -> dict[str, Any]:
    def area(code: str, name: str, kind: str) -> dict[str, str]:
        return {"code": code, "name": name, "kind": kind, "dfe_number": "", "region_code": ""}

    return {
        "area": area("E08000026", "Coventry", "local_authority"),
        "comparators": {
            "region": area("E12000005", "West Midlands", "region"),
            "country": area("E92000001", "England", "country"),
            "neighbours": [area("E08000003", "Manchester", "local_authority")],
            "neighbours_version": "dfe-2025-05",
        },
        "edition": "2025",
        "project_root": str(project),
    }


def _summary() -> dict[str, Any]:
    return {
        "datasets": 1,
        "rows": 60,
        "failed": [],
        "expectations": {"passed": 11, "warning": 1, "error": 0},
        "records": [
            {
                "id": "2025/ehc_caseload/abc",
                "dataset": "ehc_caseload",
                "suite": "ehc_caseload",
                "rows": 60,
                "passed": True,
                "counts": {"passed": 11, "warning": 1, "error": 0},
                "errors": [],
                "warnings": ["One year stands apart: 1 of 60 rows."],
            }
        ],
    }


def _record(key: str, kind: Any, **values: Any) -> FigureRecord:
    return FigureRecord(
        **{
            "id": key,
            "kind": kind,
            "title": f"EHC plans: {key}",
            "method": "As published.",
            "inputs": ["ehc_caseload:2", "ehc_caseload:3"],
            "datasets": ["ehc_caseload"],
            "notebook": "education",
            "execution_count": 3,
            **values,
        }
    )


def _wide_rows() -> list[list[str]]:
    return [
        [
            year,
            f"{1_200 + 87 * place:,}",
            "c" if place == 2 else f"{100 + place}",
            f"{2.4 + place * 0.21:.1f}%",
            "x",
            f"+{place}.1%",
        ]
        for place, year in enumerate(YEARS)
    ]


def _figures(folder: Path) -> tuple[dict[str, FigureRecord], dict[str, FigureRecord]]:
    frame = pd.DataFrame(
        [
            {"area_name": name, "period": year, "value": start + step * place, "status": "final"}
            for name, start, step in (
                ("Coventry", 2.4, 0.21),
                ("West Midlands", 2.7, 0.24),
                ("England", 2.8, 0.25),
            )
            for place, year in enumerate(YEARS)
        ]
    )
    chart = charts.lines(frame, focus="Coventry", decimals=1)
    title = "Pupils with an EHC plan, Coventry, its region and England, 2015/16 to 2024/25"
    save(chart, folder / "ehcp.share.series", title=title, source="Department for Education")
    warning = "The collection changed in January 2023: compare across that date with care."

    published = [
        _record(
            "ehcp.share.latest",
            "number",
            shown="4.3%",
            value=4.312,
            unit="%",
            lower=4.1,
            upper=4.5,
            warnings=[warning],
        ),
        _record("ehcp.share.england", "number", shown="5.3%", value=5.3, unit="%", warnings=[warning]),
        _record("ehcp.share.standing", "phrase", shown="below"),
        _record(
            "ehcp.share.series",
            "chart",
            title=title,
            alt=f"{title}. {chart.alt}",
            columns=chart.columns,
            rows=chart.rows,
            notes=["Pupils of state-funded schools."],
            warnings=[warning],
            files={"svg": "ehcp.share.series.svg"},
        ),
        _record(
            "ehcp.table.years",
            "table",
            title='EHC plans by year, Coventry & neighbours "as printed" <2015/16> to 2024/25',
            columns=["Year", "EHC plans", "Started", "Share of pupils", "Tribunal", "Change since 2015/16"],
            rows=_wide_rows(),
            notes=["c: confidential", "x: not available"],
        ),
    ]
    reason = "data set tribunal failed validation: key stands twice"
    refused = [
        _record("lost.number", "number", refused=reason),
        _record("lost.chart", "chart", title="Appeals by year", refused=reason),
    ]
    for item in published:
        (folder / f"{item.id}.json").write_text(item.model_dump_json(), encoding="utf-8")
    return {item.id: item for item in published}, {item.id: item for item in refused}


def _entry(record: FigureRecord) -> dict[str, Any]:
    observation = {
        "indicator": "ehc_plan_pct",
        "indicator_name": "Pupils with an EHC plan",
        "area_code": "E08000026",
        "area_name": "Coventry",
        "period": "2024/25",
        "breakdown": "provision: EHC plan",
        "value": 4.3,
        "unit": "%",
        "numerator": 2_600,
        "denominator": 60_300,
        "status": "final",
        "withheld": False,
        "source_id": "dfe-sen-2025",
        "file": "data/editions/2025/ehc_caseload.csv",
        "file_sha256": "a" * 64,
    }
    return {
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "shown": record.shown,
        "value": record.value,
        "unit": record.unit,
        "lower": record.lower,
        "upper": record.upper,
        "method": record.method,
        "notebook": record.notebook,
        "cell": {"id": "publish-share", "number": 3},
        "inputs": [
            {**observation, "observation_id": key, "line": int(key.split(":")[1])} for key in record.inputs
        ],
        "datasets": [
            {
                "dataset": "ehc_caseload",
                "validation_id": "2025/ehc_caseload/abc",
                "passed": True,
                "warnings": [],
            }
        ],
        "sources": [
            {
                "source_id": "dfe-sen-2025",
                "publisher": "Department for Education",
                "title": "Special educational needs in England, 2024/25",
                "url": "https://explore-education-statistics.service.gov.uk/find-statistics/special-educational-needs-in-england",
                "licence": "OGL v3.0",
                "as_at": "2025-06-12",
                "snapshot_sha256": "b" * 64,
                "publisher_file": "sen_phase_type.csv",
                "publisher_sha256": "c" * 64,
                "dataset": "ehc_caseload",
            }
        ],
        "warnings": record.warnings,
        "disclosure": "council",
        "withheld_inputs": 0,
    }
