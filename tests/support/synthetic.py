"""Synthetic runs and notebooks: made-up areas and values for tests that need no edition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from send_jsna.catalogue.areas import Area, Comparators
from send_jsna.catalogue.dataset_file import parse_dataset, write_dataset
from send_jsna.catalogue.observations import COLUMNS
from send_jsna.catalogue.periods import parse_period
from send_jsna.catalogue.statistic_rules import StatisticRules
from send_jsna.figures.run_context import RunContext
from send_jsna.figures.supplement import Supplement

AREA = Area("E99999901", "Testborough", "local_authority", "999", "E99999902")
REGION = Area("E99999902", "Test Region", "region")
COUNTRY = Area("E99999903", "Testland", "country")
NEIGHBOUR = Area("E99999904", "Exampleton", "local_authority", "998", "E99999902")
COMPARATORS = Comparators(REGION, COUNTRY, (NEIGHBOUR,), "synthetic")
EDITION = "synthetic"
#: Which statistics help a reader, as the project declares it.
RULES = StatisticRules.model_validate(
    yaml.safe_load(
        (Path(__file__).resolve().parents[2] / "data" / "catalogue" / "statistics.yaml").read_text("utf-8")
    )
)

#: Three years of a made-up share for three areas, and one value a publisher withheld.
ROWS: list[dict[str, Any]] = [
    *(
        {
            "indicator": "test_pct",
            "area_code": area.code,
            "period": f"{year}/{year + 1 - 2000}",
            "value": 10.0 + place + year - 2022,
            "numerator": 100 + year - 2022,
            "denominator": 1000,
        }
        for place, area in enumerate((AREA, REGION, COUNTRY))
        for year in (2022, 2023, 2024)
    ),
    {"indicator": "test_pct", "area_code": NEIGHBOUR.code, "period": "2024/25", "status": "c"},
    {"dataset": "bad", "indicator": "bad_pct", "area_code": AREA.code, "period": "2024/25", "value": 1.0},
]


def frame_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The tidy table of rows given in part; a row may name its ``dataset``."""
    names = {area.code: area.name for area in (AREA, REGION, COUNTRY, NEIGHBOUR)}
    datasets: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        period = parse_period(row["period"])
        full: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
            "value": float("nan"),
            "numerator": float("nan"),
            "denominator": float("nan"),
            "decimals": 1,
            "unit": "%",
            "status": "final",
            "source_id": "made-up",
            "period_type": str(period.type),
            "period_start": period.start.isoformat(),
            "period_end": period.end.isoformat(),
        }
        full |= {key: value for key, value in row.items() if key != "dataset"}
        datasets.setdefault(row.get("dataset", "test"), []).append(full)
    parts = [
        parse_dataset(write_dataset(pd.DataFrame(part)), dataset=name, where=f"{name}.csv")
        for name, part in datasets.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["area_name"] = frame["area_code"].map(names)
    return frame


def make_run(folder: Path, rows: Iterable[Mapping[str, Any]] = ROWS, **context: Any) -> Path:
    """A run folder with ``context.json`` and ``observations.parquet``; data set ``bad`` has failed."""
    run = folder / "run"
    run.mkdir(parents=True)
    card = RunContext(
        area=AREA.__dict__,
        edition=EDITION,
        citations={"made-up": "Nobody, Made-up figures"},
        project_root=str(folder),
        **{
            "comparators": COMPARATORS.as_dict(),
            "failed_datasets": {"bad": "values in range"},
            "statistics": RULES,
            **context,
        },
    )
    (run / "context.json").write_text(card.model_dump_json(), encoding="utf-8")
    frame_of(rows).to_parquet(run / "observations.parquet", index=False)
    return run


def parameters(run: Path | None = None) -> dict[str, Any]:
    """The parameters of a synthetic run; with its folder where it is given."""
    values: dict[str, Any] = {"area": AREA.code, "edition": EDITION, "comparators": COMPARATORS.codes}
    return values | ({"run_folder": str(run)} if run is not None else {})


def open_run(run: Path, name: str = "supplement") -> Supplement:
    """A supplement of a synthetic run."""
    return Supplement.open(name, **parameters(run))


DECLARED = 'area = ""\nedition = ""\ncomparators = []\nrun_folder = ""'
OPEN = (
    "from send_jsna.figures import charts\n"
    "from send_jsna.figures.supplement import Supplement\n"
    "from send_jsna.catalogue.observations import known\n"
    "s = Supplement.open(\n"
    '    "NAME", area=area, edition=edition, comparators=comparators, run_folder=run_folder\n'
    ")\n"
    'rows = known(s.observations("test_pct", area="headline"))'
)


def markdown(cell_id: str, text: str) -> dict[str, Any]:
    """A text cell."""
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": text.splitlines(keepends=True)}


def code(cell_id: str, text: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    """A code cell without outputs."""
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {"tags": list(tags)} if tags else {},
        "source": text.splitlines(keepends=True),
        "execution_count": None,
        "outputs": [],
    }


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    """A notebook of these cells."""
    return {
        "cells": list(cells),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def supplement(name: str, *cells: dict[str, Any]) -> dict[str, Any]:
    """A supplement's notebook: title, parameters and opening cell, then these cells."""
    return notebook(
        markdown("title", f"# The {name} supplement"),
        code("parameters", DECLARED, tags=["parameters"]),
        code("open", OPEN.replace("NAME", name)),
        *cells,
    )


def write_notebook(folder: Path, name: str, content: dict[str, Any]) -> Path:
    """Write a notebook as it would be committed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")
    return path
