"""Rolling-origin backtest of the forecast over all authorities, and the calibration a report's forecasts use.

    python benchmarks/forecast.py --publisher FOLDER [--write] [--without-ets]

Every authority's series is cut off at each origin from the fifth point on; hyperparameters, weights and
interval factors are estimated anew from what was known there; what came after is compared with the
combination, with the last value (naive), with the mean yearly change (drift) and with exponential smoothing
of each series by itself, ETS(A,A,N) of statsmodels. Printed are the mean absolute scaled error (MASE,
smaller is better) and the share of outcomes within the 80 % interval, by years ahead. ``--write`` puts the
calibration learned from all outcomes, and this table, into ``data/forecast/calibration.yaml``, and the trees
of the pooled learner into ``learner.json`` beside it. Nothing depends on the clock or on chance.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from scipy.stats import norm

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.editions.corrections import apply, load_corrections
from send_jsna.ingest.cell_text import Names
from send_jsna.ingest.mirror import Mirror
from send_jsna.settings import get_settings
from send_jsna.sources import registry
from send_jsna.sources.context import Context
from send_jsna.statistics import backtest as bt
from send_jsna.statistics.calibration import Calibration
from send_jsna.statistics.cohort_flow import stock_flow
from send_jsna.statistics.combination import half_width
from send_jsna.statistics.pooled_learner import LEAST_POINTS as LEAST_LEARNED
from send_jsna.statistics.pooled_learner import NAME, Around, Learner, Tree, training
from send_jsna.statistics.transforms import from_scale, to_scale

Floats = npt.NDArray[np.float64]

AUTHORITY = r"E(06|08|09|10)\d{6}"
HORIZON = 5
LEVEL = 0.8
FILE = Path("forecast") / "calibration.yaml"
LEARNER = "learner.json"
#: Examples that are too few to learn from.
LEAST_EXAMPLES = 300


@dataclass(frozen=True)
class Family:
    """A family of series to be backtested.

    Attributes:
        indicator: Indicator id.
        transform: Scale it is forecast on.
        sources: Source ids, later ones over earlier ones.
        first: First year used.
        selection: Codes of dimensions; all others are totals.
        flows: Indicator of the new entries into the stock, where it is a stock with flows.
        is_learned: Whether the pooled learner has a part in it; a series this short gives it too few years.
    """

    indicator: str
    transform: str
    sources: tuple[str, ...]
    first: int = 0
    selection: tuple[tuple[str, str], ...] = ()
    flows: str = ""
    is_learned: bool = True


#: EHC plans began in September 2014: statements before that are another thing.
FAMILIES = (
    Family("ehc_new_plans_count", "log", ("dfe-sen2-2022-process", "dfe-sen2-2025-newplans")),
    Family(
        "ehc_plans_count",
        "log",
        ("dfe-sen2-2022-caseload", "dfe-sen2-2025-caseload"),
        first=2014,
        flows="ehc_new_plans_count",
    ),
    Family("ehc_plan_pct", "logit", ("dfe-lait-2026-04",)),
    Family("sen_support_pct", "logit", ("dfe-lait-2026-04",)),
    Family("ehc_requests_count", "log", ("dfe-sen2-2022-process", "dfe-sen2-2025-requests")),
    Family(
        "ehc_placement_count",
        "log",
        ("dfe-sen2-2025-caseload",),
        selection=(("placement", "special"),),
        is_learned=False,
    ),
)
LEAST_POINTS = 5


def read(publisher: Path) -> pd.DataFrame:
    """Yearly values of all authorities from the publishers' files, their known errors left out."""
    data = get_settings().data
    catalogue = load_catalogue(data / "catalogue")
    context = Context(Areas(data / "areas"), "", None, Names.read(data / "catalogue" / "publisher_names.csv"))
    mirror = Mirror(publisher)
    frames = []
    for key in dict.fromkeys(source for family in FAMILIES for source in family.sources):
        files = mirror.find(catalogue.sources[key])
        if files is None:
            raise SystemExit(f"{publisher}: no file of source {key}")
        frames.append(registry.tidy(catalogue.sources[key], files, context, catalogue).assign(source=key))
    rows = pd.concat(frames, ignore_index=True)
    # Records of indicators that are not read here would find nothing, and say so.
    known = load_corrections(data / "corrections" / "elsewhere" / "2025.yaml")
    known = [item for item in known if item.correction.indicator in {family.indicator for family in FAMILIES}]
    rows, _ = apply(rows.assign(observation_id=rows.index.astype(str)), known)
    kept = rows["area_code"].str.fullmatch(AUTHORITY) & rows["value"].notna()
    return rows[kept].assign(year=rows["period_start"].str[:4].astype(int))


def panel_of(rows: pd.DataFrame, family: Family) -> bt.Panel:
    """All authorities' series of a family, one row an authority in order of its code."""
    chosen = dict(family.selection)
    kept = (rows["indicator"] == family.indicator) & (rows["year"] >= family.first)
    kept &= rows["source"].isin(family.sources)
    for name in DIMENSIONS:
        kept &= rows[name] == chosen.get(name, "")
    found = rows[kept].sort_values("source", key=lambda s: s.map(family.sources.index), kind="stable")
    wide = found.drop_duplicates(["area_code", "year"], keep="last").pivot(
        index="area_code", columns="year", values="value"
    )
    years = np.arange(int(wide.columns.min()), int(wide.columns.max()) + 1)
    return bt.Panel(
        family.indicator,
        family.transform,
        years,
        wide.reindex(columns=years).to_numpy(dtype=np.float64),
        LEAST_POINTS,
    )


def aligned(rows: pd.DataFrame, family: Family, flows: Family) -> tuple[bt.Panel, bt.Panel]:
    """The panels of a stock and of its entries, with the same authorities in the same rows."""
    both = rows[rows["indicator"].isin([family.indicator, flows.indicator])]
    held = both.groupby("area_code")["indicator"].nunique()
    kept = rows[rows["area_code"].isin(held.index[held == 2])]
    return panel_of(kept, family), panel_of(kept, flows)


def with_flows(stock: bt.Panel, entries: bt.Panel) -> bt.Others:
    """A forecast of the stock by its entries and exits, from what is known at an origin.

    The stock of January T and the entries of the calendar year T give the stock of January T + 1. Entries
    are forecast by the state-space models from the years before the origin.
    """

    def make(index: int, rows: npt.NDArray[np.int64], horizon: int) -> Floats:
        origin = int(stock.times[index])
        known = int(origin - 1 - entries.times[0])  # number of the last year of entries that is known
        found = np.full((len(rows), horizon), np.nan)
        if known + 1 < entries.least_points:
            return found
        ahead = bt.forecast_at(entries, known, horizon)
        middle = from_scale(np.mean(list(ahead.paths.values()), axis=0), entries.transform)
        place = {int(row): number for number, row in enumerate(ahead.rows)}
        first = int(entries.times[0] - stock.times[0])
        for number, row in enumerate(rows):
            if int(row) not in place:
                continue
            found[number] = stock_flow(
                stock.values[row, first : index + 1],
                entries.values[row, : known + 1],
                middle[place[int(row)]],
            )[0]
        return found

    return {"stock_flow": make}


class Pooled:
    """The learner at each origin, from what all families and authorities had shown by then."""

    def __init__(self, panels: Mapping[str, bt.Panel]) -> None:
        self._panels = {item.indicator: panels[item.indicator] for item in FAMILIES if item.is_learned}
        self._at: dict[int, Learner | None] = {}

    def at(self, year: int) -> Learner | None:
        """The trees learned from the years up to one; None where they are too few."""
        if year not in self._at:
            found = []
            for panel in self._panels.values():
                seen = to_scale(panel.values[:, panel.times <= year], panel.transform)
                if seen.shape[1] > LEAST_LEARNED:
                    found.append(training(seen, HORIZON, Around.of(seen).unit))
            known, grown = (np.concatenate([pair[place] for pair in found]) for place in (0, 1))
            self._at[year] = boosted(known, grown) if len(known) >= LEAST_EXAMPLES else None
        return self._at[year]

    def newest(self) -> Learner | None:
        """The trees learned from all years."""
        return self.at(max(int(panel.times[-1]) for panel in self._panels.values()))

    def of(self, name: str) -> bt.Others:
        """The learner as a forecast of a family, from what is known at an origin; none of one without it."""
        if name not in self._panels:
            return {}
        panel = self._panels[name]

        def make(index: int, rows: npt.NDArray[np.int64], horizon: int) -> Floats:
            learner = self.at(int(panel.times[index]))
            if learner is None:
                return np.full((len(rows), horizon), np.nan)
            seen = to_scale(panel.values[:, : index + 1], panel.transform)
            return from_scale(learner.paths(seen[rows], Around.of(seen), horizon), panel.transform)

        return {NAME: make}


def boosted(known: Floats, grown: Floats) -> Learner:
    """Learn trees by scikit-learn: small ones, few of them, and slowly; what they learn is bounded.

    Args:
        known: Examples, shape (examples, features).
        grown: What came of each.
    """
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(
        n_estimators=60, learning_rate=0.05, max_depth=3, min_samples_leaf=40, random_state=0
    ).fit(known, grown)
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    least, most = np.quantile(grown, [0.01, 0.99])
    return Learner(
        float(grown.mean()),
        tuple(
            Tree(
                np.maximum(tree.feature, 0).astype(np.int64),
                tree.threshold,
                tree.children_left.astype(np.int64),
                tree.children_right.astype(np.int64),
                model.learning_rate * tree.value[:, 0, 0],
            )
            for tree in trees
        ),
        float(least),
        float(most),
    )


def ets(seen: Floats) -> tuple[Floats, Floats, Floats]:
    """ETS(A,A,N) of one series: mean and limits of the 80 % interval, each of shape (horizon,).

    Fitted by statsmodels' Holt method with estimated first states, whose least squares are the maximum of
    the likelihood where errors are additive, and many times quicker than its state-space class. The
    variance is that of Hyndman and others (2008), table 6.1, with as many degrees of freedom as points less
    parameters.
    """
    from statsmodels.tsa.holtwinters import Holt

    # A series on a straight line is fitted without error, whose logarithm statsmodels takes.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        fitted = Holt(seen, initialization_method="estimated").fit()
    level = float(fitted.params["smoothing_level"])
    slope = level * float(fitted.params["smoothing_trend"])
    variance = float(fitted.sse) / max(len(seen) - 4, 1)
    later = np.concatenate([[0.0], np.cumsum((level + slope * np.arange(1, HORIZON)) ** 2)])
    reach = float(norm.ppf((1 + LEVEL) / 2)) * np.sqrt(variance * (1 + later))
    mean = np.asarray(fitted.forecast(HORIZON), dtype=np.float64)
    return mean, mean - reach, mean + reach


def ets_forecasts(
    panel: bt.Panel, origins: Sequence[bt.Origin], pool: ProcessPoolExecutor
) -> list[bt.Forecasts]:
    """ETS(A,A,N) of every series at every origin."""
    made = []
    for item in origins:
        found = list(pool.map(ets, panel.values[item.rows, : item.index + 1], chunksize=8))
        mean, low, high = (np.stack([part[place] for part in found]) for place in range(3))
        others = {level: np.full(mean.shape, np.nan) for level in (0.5, 0.95)}
        made.append(bt.Forecasts(mean, {**others, LEVEL: low}, {**others, LEVEL: high}))
    return made


def table_of(
    panel: bt.Panel, origins: Sequence[bt.Origin], methods: Mapping[str, Sequence[bt.Forecasts]]
) -> list[dict[str, Any]]:
    """The backtest's table: one record a year ahead."""
    records = []
    for step in range(1, HORIZON + 1):
        try:
            scores = {name: bt.score(panel, origins, made, step) for name, made in methods.items()}
        except ValueError:
            break
        one = next(iter(scores.values()))
        records.append(
            {
                "years_ahead": step,
                "forecasts": one.forecasts,
                "origins": one.origins,
                "mase": {name: round(item.mase, 3) for name, item in scores.items()},
                "coverage_80": {name: round(item.coverage[LEVEL], 3) for name, item in scores.items()},
            }
        )
    return records


def pooled(
    tables: Sequence[Sequence[Mapping[str, Any]]], measure: str, step: int | None = None
) -> dict[str, float]:
    """A measure over several tables, each forecast counting once."""
    rows = [row for table in tables for row in table if step in (None, row["years_ahead"])]
    weights = [row["forecasts"] for row in rows]
    names = rows[0][measure]
    return {
        name: round(float(np.average([row[measure][name] for row in rows], weights=weights)), 3)
        for name in names
    }


def shown(label: str, row: Mapping[str, Any]) -> str:
    """One line of the printed table."""
    parts = [" ".join(f"{value:>8.3f}" for value in row[key].values()) for key in ("mase", "coverage_80")]
    return "  |  ".join([f"{label:24}", *parts])


def panels_of(rows: pd.DataFrame) -> tuple[dict[str, bt.Panel], dict[str, bt.Others]]:
    """The panel of each family, and the forecasts that are made of flows."""
    panels, others = {}, {}
    for family in FAMILIES:
        panels[family.indicator] = panel_of(rows, family)
        if family.flows:
            flows = next(item for item in FAMILIES if item.indicator == family.flows)
            panels[family.indicator], entries = aligned(rows, family, flows)
            others[family.indicator] = with_flows(panels[family.indicator], entries)
    return panels, others


def backtested(
    family: Family, panel: bt.Panel, others: bt.Others, pool: ProcessPoolExecutor | None
) -> tuple[list[dict[str, Any]], Calibration]:
    """The backtest table of a family, which is printed, and what was learned from it.

    Args:
        family: The family.
        panel: Its series.
        others: Forecasts beside the state-space models.
        pool: Where exponential smoothing is computed; None leaves it out.
    """
    origins = bt.roll(panel, HORIZON, others)
    seen = [panel.values[item.rows, : item.index + 1] for item in origins]
    methods = {
        "combined": bt.combined_forecasts(panel, origins, HORIZON),
        "naive": [bt.naive(part, HORIZON) for part in seen],
        "drift": [bt.drift(part, HORIZON) for part in seen],
    }
    if pool is not None:
        methods["ets"] = ets_forecasts(panel, origins, pool)
    table = table_of(panel, origins, methods)
    known = replace(
        bt.calibrate(panel, origins, HORIZON),
        backtest=tuple(table),
        provenance={
            "sources": list(family.sources),
            "series": len(panel.values),
            "first_year": int(panel.times[0]),
            "last_year": int(panel.times[-1]),
            "origins": len(origins),
        },
    )
    print(f"\n{family.indicator}: {len(panel.values)} authorities, {panel.times[0]} to {panel.times[-1]}")
    print(f"{'years ahead':24}  |  MASE {' '.join(methods)}  |  within 80 % {' '.join(methods)}")
    for row in table:
        print(shown(f"{row['years_ahead']} ({row['forecasts']} forecasts)", row), flush=True)
    return table, known


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--publisher", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--write", action="store_true", help="write data/forecast/calibration.yaml")
    parser.add_argument(
        "--without-ets", action="store_true", help="leave out exponential smoothing, which is slow"
    )
    given = parser.parse_args()
    rows = read(given.publisher)
    tables, records = {}, {}
    panels, flows = panels_of(rows)
    learned = Pooled(panels)
    with ProcessPoolExecutor(2) as pool:
        for family in FAMILIES:
            name = family.indicator
            others = {**flows.get(name, {}), **learned.of(name)}
            table, known = backtested(family, panels[name], others, None if given.without_ets else pool)
            tables[family.indicator], records[family.indicator] = table, rounded(known.to_dict())
    print("\nall families, each forecast counting once")
    for step in [*range(1, HORIZON + 1), None]:
        row = {measure: pooled(list(tables.values()), measure, step) for measure in ("mase", "coverage_80")}
        print(shown(f"{step or 'all'}", row))
    print(
        "half-widths of the models, in standard deviations:", half_width((0.5, 0.8, 0.95)).round(3).tolist()
    )
    if given.write:
        path = get_settings().data / FILE
        path.parent.mkdir(exist_ok=True)
        head = "# Written by benchmarks/forecast.py --write from the publishers' files; see its docstring.\n"
        text = yaml.safe_dump({"families": records}, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(head + text, encoding="utf-8")
        if (newest := learned.newest()) is not None:
            learner = path.with_name(LEARNER)
            learner.write_text(json.dumps(rounded(newest.to_dict())) + "\n", encoding="utf-8")
            print(f"written: {learner}")
        print(f"written: {path}")


def rounded(value: Any) -> Any:
    """Plain values with numbers at six significant digits, which the file keeps."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value


if __name__ == "__main__":
    main()
