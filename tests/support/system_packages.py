"""See that the system packages the tests use are there; install them where that can be done without asking.

``make test`` calls this first. The report itself needs none of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: What is needed: the commands any one of which will do, the Debian package, what it is for.
NEEDED = (
    (("chromium", "chromium-browser", "google-chrome"), "chromium", "the browser tests"),
    (("pdftoppm",), "poppler-utils", "the tests that look at the PDF"),
)


def missing() -> list[tuple[str, str]]:
    """Packages whose command is not found, with what they are for."""
    return [
        (package, purpose)
        for commands, package, purpose in NEEDED
        if not any(shutil.which(command) for command in commands)
    ]


def install(packages: list[str]) -> None:
    """Install Debian packages without asking anything."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            print(f"system packages: {' '.join(command)} failed: {said}", file=sys.stderr)
            return


def main() -> int:
    """Install or name what is missing; tests that need it skip themselves where it stays missing."""
    wanted = missing()
    if wanted and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        install([package for package, _ in wanted])
        wanted = missing()
    for package, purpose in wanted:
        print(f"system packages: {package} is missing, so {purpose} will be skipped", file=sys.stderr)
    if wanted:
        names = " ".join(package for package, _ in wanted)
        print(f"system packages: on Debian or Ubuntu, run: sudo apt-get install {names}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
