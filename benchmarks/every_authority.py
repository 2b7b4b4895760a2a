"""Every authority brought up to the gate: from publishers' files to the attack, without the report.

    python benchmarks/every_authority.py --publisher FOLDER --out FILE [--areas CODE ...] [--notebooks]
    python benchmarks/every_authority.py --compare BEFORE AFTER

One line of JSON an authority: what came of the sources, observations, what is withheld, data sets that failed
validation, counts that could be worked out, or the error that ended it. Authorities already in the file are
passed over, so that a run that was stopped goes on. With ``--notebooks`` the supplements are executed too,
and the attack knows the sums they show; it takes twice as long. Comparing prints what differs.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from send_jsna.catalogue.areas import Areas
from send_jsna.errors import JsnaError
from send_jsna.runs import stages
from send_jsna.runs.request import Request, job
from send_jsna.settings import get_settings

#: What differs from run to run by itself.
_VARYING = ("edition",)


def brought_up(area: str, publisher: Path, runs: Path, *, notebooks: bool) -> dict[str, Any]:
    """What came of one authority, as far as it got."""
    found: dict[str, Any] = {"area": area}
    try:
        request, ingested = stages.ingest(Request.fetching(area, "pandoc", runs, mirror=publisher))
        found["edition"] = request.edition
        found["troubles"] = [text for item in ingested for text in item.troubles]
        with job(request, orchestrator="direct") as building:
            loaded = stages.load(building)
            found |= loaded.counts
            validated = stages.validate(building, loaded)
            found["warnings"] = validated.counts["warnings"]
            found["failed"] = sorted(failure.name for failure in validated.failures)
            if notebooks:
                executed = stages.execute(building, validated)
                found["figures"] = executed.counts["figures"]
                found["failed"] += sorted(failure.name for failure in executed.failures)
            found |= stages.attack(building, validated).counts
    except JsnaError as error:
        found["error"] = f"{type(error).__name__}: {error.line()}"
    except Exception as error:
        found["error"] = f"unforeseen {type(error).__name__}: {error}"
    return found


def compare(before: Path, after: Path) -> None:
    """Print every authority of which something differs between two files, and how often each thing does."""
    old, new = (_read(path) for path in (before, after))
    kinds: Counter[str] = Counter()
    for area in sorted(old.keys() & new.keys()):
        changed = {
            name: (old[area].get(name), new[area].get(name))
            for name in sorted(old[area].keys() | new[area].keys())
            if name not in _VARYING and old[area].get(name) != new[area].get(name)
        }
        kinds.update(changed)
        if changed:
            print(area, "; ".join(f"{name} {was} → {now}" for name, (was, now) in changed.items()))
    print(f"{len(old.keys() & new.keys())} authorities in both; differing: {dict(kinds)}")


def _read(path: Path) -> dict[str, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {entry["area"]: entry for entry in map(json.loads, lines)}


def main() -> None:
    """Bring up those asked for, or compare two files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--publisher", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--areas", nargs="*", default=[])
    parser.add_argument("--notebooks", action="store_true")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    chosen = parser.parse_args()
    if chosen.compare:
        compare(*chosen.compare)
        return
    if not (chosen.publisher and chosen.out):
        parser.error("--publisher and --out, or --compare")
    logging.disable(logging.INFO)
    listed = Areas(get_settings().data / "areas").listed
    wanted = chosen.areas or [area.code for area in listed if area.kind == "local_authority"]
    done = _read(chosen.out)
    with tempfile.TemporaryDirectory() as runs:
        for area in wanted:
            if area in done:
                continue
            found = brought_up(area, chosen.publisher, Path(runs), notebooks=chosen.notebooks)
            with chosen.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found, ensure_ascii=False) + "\n")
    found_all = _read(chosen.out).values()
    ended = [entry for entry in found_all if "error" in entry]
    failed = [entry for entry in found_all if entry.get("failed")]
    print(
        f"{len(found_all)} authorities: {len(ended)} ended with an error, {len(failed)} have failed data sets"
    )
    for entry in ended:
        print(entry["area"], entry["error"])


if __name__ == "__main__":
    main()
