"""Rows tidied a second, and peak memory, against a plain DuckDB scan of the same file.

    python benchmarks/tidy.py [--publisher FOLDER] [--rows MILLIONS] [--runs N]

Each measurement is a process of its own, in turns, so that neither memory nor caches of one help another. The
scan reads every cell of the file once (the greatest of each column); tidying reads them, keeps an area and
its comparators (or all areas) and makes observations. Machines are noisy: read the ratios, not the seconds.
The synthetic file has the layout of the SEN2 caseload and made-up numbers; it is written to a temporary
folder.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

AREA, NEIGHBOURS = "E08000026", "dfe-2025-05"


def scan(path: Path) -> int:
    """A plain DuckDB scan of every cell; the number of rows."""
    import duckdb

    packed = path.read_bytes()[:2] == b"\x1f\x8b"
    reader = f"read_csv('{path}', all_varchar=true, compression='{'gzip' if packed else 'none'}')"
    if path.suffix == ".parquet":
        reader = f"read_parquet('{path}')"
    with duckdb.connect() as con:
        con.execute(f"SELECT max(COLUMNS(*)) FROM {reader}").fetchall()
        count = con.execute(f"SELECT count(*) FROM {reader}").fetchone()
    return int(count[0]) if count else 0


def tidier(path: Path, source_id: str, *, everywhere: bool) -> Callable[[], int]:
    """What tidies a source's file and says how many observations it made; the catalogue is read before."""
    from dataclasses import replace

    from send_jsna.catalogue.loading import load_catalogue
    from send_jsna.editions import built
    from send_jsna.ingest.source_files import SourceFiles
    from send_jsna.settings import get_settings
    from send_jsna.sources import registry

    data = get_settings().data
    catalogue = load_catalogue(data / "catalogue")
    context = built.make_context(AREA, NEIGHBOURS, data)
    if everywhere:
        context = replace(context, codes=None)
    source = catalogue.sources[source_id]
    paths = {"main": path}
    for resource_name, name in source.companions.items():
        paths[resource_name] = path.parent / Path(name).name
    files = SourceFiles(source_id, paths, source.columns, {}, source.table)
    return lambda: len(registry.tidy(source, files, context, catalogue))


def measured(arguments: list[str]) -> dict[str, float]:
    """Seconds and peak memory in MB of one measurement, without the start of the process."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", *arguments], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def one(kind: str, path: Path, source_id: str) -> None:
    """Measure in this process and print the outcome."""
    import duckdb  # noqa: F401 - imports are no part of what is measured

    import send_jsna.editions.built  # noqa: F401

    work = (lambda: scan(path)) if kind == "scan" else tidier(path, source_id, everywhere=kind == "all")
    begun = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak": peak}))


def synthetic(path: Path, rows: int) -> None:
    """A CSV in the layout of the SEN2 caseload, for all authorities, with made-up numbers."""
    from send_jsna.catalogue.areas import Areas
    from send_jsna.ingest.cell_text import Names
    from send_jsna.settings import get_settings

    data = get_settings().data
    columns = list(Names.read(data / "catalogue" / "publisher_names.csv").labels("dfe-sen2-2025-caseload"))
    parts = {part for name in columns for part in name.split("+")}
    meanings = Names.read(data / "catalogue" / "publisher_names.csv").labels("dfe-sen2-2025-caseload")
    for meaning in meanings.values():
        parts |= {name for name in (*meaning.numerator.split("+"), *meaning.denominator.split("+")) if name}
    numbers = sorted(parts)
    authorities = [area for area in Areas(data / "areas") if area.kind == "local_authority"]
    keys = (
        "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,"
        "new_la_code,old_la_code,la_name,breakdown_topic,breakdown"
    )
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{keys},{','.join(numbers)}\n")
        for number in range(rows):
            area = authorities[number % len(authorities)]
            year = 2019 + number // len(authorities) % 7
            age = number // (len(authorities) * 7)
            topic = (
                ("All EHC plans", "All EHC plans")
                if age == 0
                else ("Child or young persons age", f"Aged {age}")
            )
            cells = ",".join(str(draw.randrange(3000)) for _ in numbers)
            file.write(
                f"{year - 1}{year % 100},Academic year,Local authority,E92000001,England,{area.region_code},,"
                f'{area.code},{area.dfe_number},"{area.name}",{topic[0]},{topic[1]},{cells}\n'
            )


def compare(name: str, path: Path, source_id: str, runs: int) -> None:
    """Print the ratios for one file."""
    kinds = ("scan", "area", "all")
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind in kinds:
            found[kind].append(measured([kind, str(path), source_id]))
    seconds = {kind: statistics.median(item["seconds"] for item in found[kind]) for kind in kinds}
    peak = {kind: statistics.median(item["peak"] for item in found[kind]) for kind in kinds}
    rows = int(found["scan"][0]["rows"])
    print(f"{name}: {rows:,} rows, {path.stat().st_size / 1e6:,.1f} MB")
    print(f"  plain scan      {rows / seconds['scan']:>12,.0f} rows a second, {peak['scan']:,.0f} MB at most")
    for kind, label in (("area", "one area"), ("all", "all areas")):
        made = int(found[kind][0]["rows"])
        print(
            f"  tidy, {label:<9} {rows / seconds[kind]:>12,.0f} rows a second, {peak[kind]:,.0f} MB,"
            f" {made:,} observations; time {seconds[kind] / seconds['scan']:.2f} and memory"
            f" {peak[kind] / peak['scan']:.2f} of the scan's"
        )


def main() -> None:
    """Compare on the largest files at hand, and on a synthetic one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=3, metavar=("KIND", "FILE", "SOURCE"), help=argparse.SUPPRESS)
    parser.add_argument("--publisher", type=Path, help="folder of publishers' files")
    parser.add_argument("--rows", type=float, default=1.0, help="millions of rows of the synthetic file")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one[0], Path(asked.one[1]), asked.one[2])
        return
    if asked.publisher:
        spc = asked.publisher / "spc" / "spc_pupils_ethnicity_and_language.data.csv.gz"
        compare("pupils by ethnicity and language (real)", spc, "dfe-spc-2022", asked.runs)
        lait = asked.publisher / "lait" / "bds_long_0.parquet"
        with tempfile.TemporaryDirectory() as folder:
            for path in (lait, lait.parent / "lait_data_dictionary.csv.gz"):
                (Path(folder) / path.name).symlink_to(path.resolve())
            compare("interactive tool (real)", Path(folder) / lait.name, "dfe-lait-2026-04", asked.runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic_caseload.csv"
        synthetic(path, int(asked.rows * 1_000_000))
        compare("caseload (synthetic)", path, "dfe-sen2-2025-caseload", asked.runs)


if __name__ == "__main__":
    main()
