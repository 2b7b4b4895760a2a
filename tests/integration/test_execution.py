"""Executing supplements: what runs, what is kept, what goes on when a cell fails."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from synthetic import code, make_run, markdown, parameters, supplement, write_notebook

from send_jsna.errors import NotebookError
from send_jsna.execution import kernels
from send_jsna.execution.execute import NotebookOutcome, execute_supplements
from send_jsna.execution.kernels import client
from send_jsna.execution.notebook_page import render_notebook_html
from send_jsna.figures.records import read_figures
from send_jsna.settings import Settings

NUMBER = 's.number("NAME.latest", rows["value"].iloc[0], title="T", inputs=rows, method="M", unit="%")'
CHART = 's.chart("NAME.series", charts.lines(rows), title="A > B", inputs=rows, method="M")'
TABLE = """
import pandas as pd
table = pd.DataFrame({"Year": rows["period"], "Share": rows["value"].map("{:.1f}%".format)})
s.table("NAME.table", table, title="T", inputs=rows, method="M")
"""
REFUSED = (
    'bad = s.observations("bad_pct")\ns.number("NAME.bad", 1.0, title="T", inputs=bad, method="M", unit="%")'
)
KERNEL = (
    "import os, sys, matplotlib\n"
    "print(sys.executable, hash('a'), os.environ['OPENBLAS_NUM_THREADS'], matplotlib.get_backend())"
)
PICTURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.gca().set_title(str(object()))"

SUPPLEMENTS = {
    "whole": [
        markdown("q-share", "### How many?\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n# Again"),
        code("number", NUMBER),
        code("chart", CHART),
        code("table", TABLE),
        code("frame", "rows[['period', 'value']]"),
        code("streams", "import sys\nprint('out')\nprint(run_folder, file=sys.stderr)\nprint('out again')"),
    ],
    "refused": [code("bad", REFUSED), code("good", NUMBER)],
    "broken": [
        code("before", NUMBER),
        code("division", "for _ in range(2):\n    1 / 0"),
        code("after", CHART),
    ],
    "slow": [code("sleep", "import time\ntime.sleep(60)")],
    "dead": [code("exit", "import os\nos._exit(3)")],
    "kernel": [code("kernel", KERNEL), code("picture", PICTURE)],
}


@dataclass(frozen=True)
class Executed:
    run: Path
    settings: Settings
    outcomes: dict[str, NotebookOutcome]
    events: list[tuple[str, int, int]]

    def notebook(self, name: str) -> dict[str, object]:
        return dict(json.loads((self.run / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")))


def settings_of(folder: Path, timeout: int = 600) -> Settings:
    """Settings of a project made of synthetic notebooks."""
    for name, cells in SUPPLEMENTS.items():
        named = [
            {**cell, "source": [line.replace("NAME", name) for line in cell["source"]]} for cell in cells
        ]
        write_notebook(folder / "notebooks", name, supplement(name, *named))
    return Settings(project_root=folder, workers=2).model_copy(update={"notebook_timeout": timeout})


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    folder = tmp_path_factory.mktemp("project")
    settings = settings_of(folder, timeout=8)
    run = make_run(folder)
    events: list[tuple[str, int, int]] = []
    outcomes = execute_supplements(
        run,
        list(SUPPLEMENTS),
        parameters=parameters(),
        settings=settings,
        on_event=lambda outcome, done, total: events.append((outcome.supplement, done, total)),
    )
    return Executed(run, settings, {outcome.supplement: outcome for outcome in outcomes}, events)


def test_each_supplement_has_one_outcome_in_the_order_asked_for(executed: Executed) -> None:
    assert list(executed.outcomes) == list(SUPPLEMENTS)
    assert sorted(name for name, _, _ in executed.events) == sorted(SUPPLEMENTS)
    assert [done for _, done, _ in executed.events] == list(range(1, 7))
    statuses = {name: outcome.status for name, outcome in executed.outcomes.items()}
    assert [name for name, status in statuses.items() if status == "failed"] == ["broken", "slow", "dead"]


def test_figures_are_published_and_each_knows_its_cell(executed: Executed) -> None:
    published, refused = read_figures(executed.run)
    assert {"whole.latest", "whole.series", "whole.table", "refused.latest", "broken.latest"} == set(
        published
    )
    assert set(refused) == {"refused.bad"}
    cells = json.loads((executed.run / "notebooks" / "cells.json").read_text(encoding="utf-8"))
    assert list(cells) == list(SUPPLEMENTS)
    for figure, cell in (("whole.latest", "number"), ("whole.series", "chart"), ("whole.table", "table")):
        record = published[figure]
        assert cells["whole"][str(record.execution_count)]["cell_id"] == cell


def test_a_cell_that_fails_is_named_on_one_line(executed: Executed) -> None:
    outcome = executed.outcomes["broken"]
    assert outcome.line() == "broken.ipynb, cell 5 (division): ZeroDivisionError: division by zero"
    assert (outcome.cell_id, outcome.cell_number, outcome.ename) == ("division", 5, "ZeroDivisionError")
    assert isinstance(outcome.error(), NotebookError)
    assert (
        outcome.error()
        .line()
        .startswith("broken.ipynb, cell 5 (division): ZeroDivisionError: division by zero;")
    )


def test_the_half_executed_notebook_is_kept(executed: Executed) -> None:
    cells = {cell["id"]: cell for cell in executed.notebook("broken")["cells"]}  # type: ignore[attr-defined]
    assert cells["before"]["execution_count"] == 4
    assert cells["division"]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert "1 / 0" in "".join(cells["division"]["outputs"][0]["traceback"])
    assert cells["after"]["execution_count"] is None
    assert list(cells) == [
        "title",
        "parameters",
        "injected-parameters",
        "open",
        "before",
        "division",
        "after",
    ]


def test_a_refused_figure_does_not_stop_its_notebook(executed: Executed) -> None:
    outcome = executed.outcomes["refused"]
    assert outcome.status == "completed"
    assert len(outcome.refused) == 1
    assert "figure refused.bad is refused: data set bad failed validation" in outcome.refused[0]


def test_a_cell_that_takes_too_long_fails(executed: Executed) -> None:
    outcome = executed.outcomes["slow"]
    assert (outcome.cell_id, outcome.ename) == ("sleep", "CellTimeoutError")
    assert outcome.seconds < 50


def test_a_kernel_that_dies_fails_its_cell(executed: Executed) -> None:
    outcome = executed.outcomes["dead"]
    assert (outcome.cell_id, outcome.ename) == ("exit", "DeadKernelError")


def test_the_kernel_is_this_interpreter_in_a_fixed_environment(executed: Executed) -> None:
    import subprocess
    import sys

    cells = {cell["id"]: cell for cell in executed.notebook("kernel")["cells"]}  # type: ignore[attr-defined]
    printed = "".join(cells["kernel"]["outputs"][0]["text"]).split()
    seeded = subprocess.run(
        [sys.executable, "-c", "print(hash('a'))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert printed[1:3] == [seeded, "1"]
    assert printed[3] in ("inline", "module://matplotlib_inline.backend_inline")
    assert printed[0].startswith("python/")  # the interpreter's folder, made neutral
    kinds = [set(output.get("data", {})) for output in cells["picture"]["outputs"]]
    assert any("image/png" in kind for kind in kinds)


def test_kernels_are_warm_where_the_system_can_fork(executed: Executed) -> None:
    assert {outcome.warm for outcome in executed.outcomes.values()} == {kernels.CAN_FORK}


def test_an_executed_notebook_holds_no_time_path_or_address(executed: Executed) -> None:
    for path in sorted((executed.run / "notebooks").glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        for name in (str(executed.run), str(executed.settings.project_root), "papermill", str(Path.home())):
            assert name not in text, f"{path.name} holds {name}"
        assert not re.search(r"0x[0-9a-f]{6,}", text)
        assert not re.search(r"20\d\d-\d\d-\d\dT\d\d", text)
    whole = executed.notebook("whole")
    injected = next(c for c in whole["cells"] if c["id"] == "injected-parameters")  # type: ignore[attr-defined]
    assert 'run_folder = "runs/latest"' in "".join(injected["source"])


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JSNA_COLD_KERNELS", "1")
    yield
    kernels.cool_down()


@pytest.mark.usefixtures("cold")
def test_a_second_execution_elsewhere_on_ordinary_kernels_gives_the_same_bytes(
    executed: Executed, tmp_path: Path
) -> None:
    names = ["whole", "refused", "broken"]
    run = make_run(tmp_path / "another" / "place")
    outcomes = execute_supplements(
        run, names, parameters=parameters(), settings=settings_of(tmp_path / "another"), on_event=None
    )
    assert not any(outcome.warm for outcome in outcomes)
    for name in names:
        for ending in (".ipynb", ".html"):
            pages = []
            for folder in (executed.run, run):
                render_notebook_html(folder, name)
                pages.append((folder / "notebooks" / f"{name}{ending}").read_bytes())
            assert pages[0] == pages[1], f"{name}{ending} differs"
    for path in sorted((run / "figures").iterdir()):
        assert path.read_bytes() == (executed.run / "figures" / path.name).read_bytes(), path.name


@pytest.mark.skipif(not kernels.CAN_FORK, reason="the system cannot fork kernels")
def test_without_its_warm_process_a_run_goes_on_with_ordinary_kernels(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    run = make_run(tmp_path)
    kernels.warm_up()
    assert kernels.is_warm()
    server = kernels._server
    assert server is not None
    os.kill(server._process.pid, signal.SIGSTOP)  # alive, but deaf
    monkeypatch.setattr(client, "_FORK_WITHIN", 1.0)
    with caplog.at_level(logging.WARNING):
        outcomes = execute_supplements(
            run, ["refused"], parameters=parameters(), settings=settings, on_event=None
        )
    assert [(outcome.status, outcome.warm) for outcome in outcomes] == [("completed", False)]
    assert "trying another" in caplog.text


@pytest.mark.skipif(not kernels.CAN_FORK, reason="the system cannot fork kernels")
def test_a_warm_kernel_has_every_module_of_the_packages_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    cell = code("seen", "import sys\nprint(all(f'wsgiref.{n}' in sys.modules for n in ('util', 'validate')))")
    write_notebook(tmp_path / "notebooks", "seen", supplement("seen", cell))
    run = make_run(tmp_path)
    kernels.warm_up("wsgiref")
    (outcome,) = execute_supplements(run, ["seen"], parameters=parameters(), settings=settings)
    cells = json.loads(outcome.notebook.read_text(encoding="utf-8"))["cells"]
    assert outcome.warm
    assert [out["text"] for cell in cells if cell["id"] == "seen" for out in cell["outputs"]] == [["True\n"]]


# -- the page -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(executed: Executed) -> str:
    return render_notebook_html(executed.run, "whole", report_title="A & B").read_text(encoding="utf-8")


def test_the_page_has_one_heading_of_the_first_level_and_no_gap_below(page: str) -> None:
    assert re.findall(r"<h(\d)>", page) == ["1", "2", "2"]
    assert '<html lang="en-GB">' in page
    assert "<title>The whole supplement – executed notebook – A &amp; B</title>" in page


def test_every_cell_can_be_linked_to_and_no_id_stands_twice(executed: Executed, page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for cell in executed.notebook("whole")["cells"]:  # type: ignore[attr-defined]
        assert f"cell-{cell['id']}" in ids


def test_the_page_loads_nothing_and_runs_no_script(page: str) -> None:
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)
    assert "@import" not in page
    assert "url(" not in page.replace("url(#", "")


def test_tables_scroll_and_have_header_cells_and_charts_their_alternative(page: str) -> None:
    tables = page.count("<table>")
    assert tables == 4  # in the text, the published one, the chart's data and the frame
    assert page.count('<div class="scroll" role="region" tabindex="0"') == tables
    assert not re.search(r"<th(?![^>]*scope=)[\s>]", page)
    assert 'aria-label="A &gt; B. Line chart from 2022/23' in page


def test_a_page_shows_why_a_figure_was_refused(executed: Executed) -> None:
    html = render_notebook_html(executed.run, "refused").read_text(encoding="utf-8")
    assert '<p class="refused">refused.ipynb: figure refused.bad is refused' in html
    assert "Traceback" not in html
