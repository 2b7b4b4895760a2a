"""Where the time of a refresh goes: the stages of several runs, each as a share of its own run.

    python benchmarks/refresh.py [RUNS]

Machines differ and are noisy, so the shares and the ratios are what to read, not the seconds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(engine_flags: list[str], count: int) -> list[dict[str, float]]:
    """Wall seconds of each stage and of the whole command, for some runs."""
    found = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            command = [sys.executable, "-m", "send_jsna.cli", "refresh", "--quiet", "--runs", folder]
            subprocess.run([*command, *engine_flags], check=True, capture_output=True)
            whole = time.perf_counter() - start
            run = json.loads((Path(folder) / "latest" / "run.json").read_text(encoding="utf-8"))
            found.append(
                {**{name: float(seconds) for name, seconds in run["stages"].items()}, "whole": whole}
            )
    return found


def main() -> None:
    """Print the median share of each stage, and what Prefect adds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    direct, flow = measure(["--direct"], count), measure([], count)
    whole = statistics.median(run["whole"] for run in direct)
    print(f"{count} runs each; whole command, median: --direct {whole:.1f} s")
    for name in direct[0]:
        share = statistics.median(run[name] / run["whole"] for run in direct)
        print(f"  {name:<10} {share:6.1%}")
    print(f"through Prefect / --direct: {statistics.median(run['whole'] for run in flow) / whole:.2f}")


if __name__ == "__main__":
    main()
