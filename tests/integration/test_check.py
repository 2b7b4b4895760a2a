"""``jsna check``: everything declared is read, and every fault of it is one line with file, line and remedy.

Most faults are put into one copy and found by one check, since all of them are to be listed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import declared_copy
import pytest
import small_project
from declared_copy import ROOT, append, change, write

from send_jsna.errors import JsnaError
from send_jsna.runs.checking import check
from send_jsna.runs.declared import require_buildable, require_sound

INDICATOR = (
    "- {{id: {0}, name: A, unit: '{1}', polarity: neutral, dataset: {2}, sources: [dfe-lait-2026-04],"
    " definition: A{3}}}\n"
)
CHAPTER = """
[]{figure="ehcp.shar.latest"} and []{ref="ehcp.nowhere.chart"} and []{setting="area.size"}.

[So it is.]{unless="figure:ehcp.rate.newestt"}

::: {when="raining"}
See [there](99-nowhere.qmd) and @sec-nowhere.
:::

::: {generated="weather"}
:::
"""

#: Claims without a search that bears them out.
CLAIMED = (
    "\nThis is not published, [that](22-audit.qmd#searched-nowhere) nobody knows, and the counts are"
    " [not published](22-audit.qmd#searched-census-counts).\n"
)

#: A faulty declaration, how it is made in a copy of the project, and what is to be said of it: the line, or
#: the line without the cell and the number of the line.
FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "an indicator that nothing supplies": (
        lambda root: append(
            root / "data/catalogue/indicators.yaml",
            INDICATOR.format("plans_lost_count", "count", "tribunal", ""),
        ),
        r"data/catalogue/indicators\.yaml: nothing supplies indicator 'plans_lost_count'; .*map the publish",
    ),
    "a count without a disclosure rule": (
        lambda root: None,
        r"data/catalogue/indicators\.yaml: no disclosure rule for the count 'plans_lost_count'; .*`alone`",
    ),
    "an indicator that no edition has": (
        lambda root: None,
        r"data/catalogue/indicators\.yaml: no data set supplies indicator 'plans_lost_count'; .*rebuild 2027",
    ),
    "a data set without a suite": (
        lambda root: append(
            root / "data/catalogue/indicators.yaml",
            INDICATOR.format("unguarded_pct", "%", "unguarded", ", counts: in_rows"),
        ),
        r"data/catalogue/indicators\.yaml: no suite guards the data set .*unguarded\.json; write it",
    ),
    "its indicator": (lambda root: None, r".*nothing supplies indicator 'unguarded_pct'"),
    "its observations": (lambda root: None, r".*no data set supplies indicator 'unguarded_pct'"),
    "a suite that guards nothing": (
        lambda root: write(
            root / "expectations/expectations/weather.json",
            (ROOT / "expectations/expectations/tribunal.json").read_text().replace('"tribunal"', '"weather"'),
        ),
        r"expectations/expectations/weather\.json: the suite weather guards nothing",
    ),
    "a suite with another data set's indicator": (
        lambda root: change(
            root / "expectations/expectations/ehc_process.json", "ehc_requests_count_lait", "absence_pct"
        ),
        r"expectations/expectations/ehc_process\.json, line 242: .* 'absence_pct', .* absence_exclusion",
    ),
    "a misspelt reader": (
        lambda root: change(root / "data/catalogue/sources.yaml", "reader: lait", "reader: liat"),
        r"data/catalogue/sources\.yaml: source 'dfe-lait-2026-04' has the reader 'liat'.*did you mean lait\?",
    ),
    "a source that nothing reads": (
        lambda root: change(root / "data/catalogue/sources.yaml", "  reader: nhs_autism\n", ""),
        r"data/catalogue/sources\.yaml: nothing reads the source '[\w-]+'.*name the module",
    ),
    "a source of which nothing is mapped": (
        lambda root: append(
            root / "data/catalogue/sources.yaml",
            "- {id: nhse-new, publisher: A, title: A, licence: OGL-UK-3.0, as_at: 2027-05-27, reader: gias,"
            " mirror: [new.csv]}\n",
        ),
        r"data/catalogue/sources\.yaml: no label of the source 'nhse-new' is mapped.*publisher_names\.csv",
    ),
    "a module that is no reader": (
        lambda root: change(root / "data/catalogue/sources.yaml", "reader: gias", "reader: context"),
        r"data/catalogue/sources\.yaml: source 'dfe-gias' has .*whose module has no function `tidy`",
    ),
    "a label of an indicator that is not declared": (
        lambda root: append(
            root / "data/catalogue/publisher_names.csv", "dfe-lait-2026-04,exact,A,ehc_plan_pcts,,,,,\n"
        ),
        r"data/catalogue/publisher_names\.csv: indicator 'ehc_plan_pcts' is .*did you mean ehc_plan_pct\?",
    ),
    "a label of a source that is not declared": (
        lambda root: append(
            root / "data/catalogue/publisher_names.csv", "dfe-liat,exact,A,ehc_plan_pct,,,,,\n"
        ),
        r"data/catalogue/publisher_names\.csv: source 'dfe-liat' is not declared",
    ),
    "a label with a code that is not declared": (
        lambda root: append(
            root / "data/catalogue/publisher_names.csv",
            "dfe-lait-2026-04,exact,B,ehc_plan_pct,need=asdf,,,,\n",
        ),
        r"data/catalogue/publisher_names\.csv: need 'asdf' has no label",
    ),
    "a label that is no pattern": (
        lambda root: append(
            root / "data/catalogue/publisher_names.csv", "dfe-lait-2026-04,pattern,(,ehc_plan_pct,,,,,\n"
        ),
        r"data/catalogue/publisher_names\.csv: label '\(' is no regular expression",
    ),
    "an extract of an indicator that is not declared": (
        lambda root: change(
            root / "data/catalogue/extracts.yaml", "council_special_roll_count", "council_special_rolls_count"
        ),
        r"data/catalogue/extracts\.yaml: indicator 'council_special_rolls_count' .* is not declared",
    ),
    "the indicator it had": (
        lambda root: None,
        r"data/catalogue/indicators\.yaml: .* does not become indicator 'council_special_roll_count'",
    ),
    "which nothing supplies now": (
        lambda root: None,
        r"data/catalogue/indicators\.yaml: nothing supplies indicator 'council_special_roll_count'",
    ),
    "pages that are not in step": (
        lambda root: None,
        r"docs/catalogue\.md: not in step with the catalogue; run jsna catalogue docs",
    ),
    "a supplement without a notebook": (
        lambda root: change(root / "data/catalogue/supplements.yaml", "- id: voice", "- id: voices"),
        r"data/catalogue/supplements\.yaml: the supplement voices has no notebook",
    ),
    "a notebook without a supplement": (
        lambda root: None,
        r"notebooks/voice\.ipynb: the notebook voice is no declared supplement",
    ),
    "an indicator misspelt in a notebook": (
        lambda root: change(root / "notebooks/autism.ipynb", "ehc_primary_need_pct", "ehc_primary_need_pc"),
        r"notebooks/autism\.ipynb: indicator 'ehc_primary_need_pc' is not declared",
    ),
    "a code misspelt in a notebook": (
        lambda root: change(root / "notebooks/autism.ipynb", r"need=\"asd\"", r"need=\"asdf\""),
        r"notebooks/autism\.ipynb: need 'asdf' is not declared",
    ),
    "an indicator of a data set that the supplement does not declare": (
        lambda root: change(root / "notebooks/child_health_profile.ipynb", "eyfsp_gld_pct", "ehc_plan_pct"),
        r"notebooks/child_health_profile\.ipynb: indicator 'ehc_plan_pct' is in .*sen_prevalence.*supplem",
    ),
    "an indicator that only another edition has": (
        lambda root: change(root / "notebooks/covid_impact.ipynb", "ehc_plan_pct", "sen_printed_share_pct"),
        r"notebooks/covid_impact\.ipynb: edition 2026 has no observations of 'sen_printed_share_pct'",
    ),
    "a notebook that opens another's run": (
        lambda root: change(root / "notebooks/population.ipynb", r"open(\"population", r"open(\"peoples"),
        r"notebooks/population\.ipynb: the notebook opens the supplement 'peoples'",
    ),
    "an import that is misspelt": (
        lambda root: change(
            root / "notebooks/education.ipynb", "import publish_position", "import publish_place"
        ),
        r"notebooks/education\.ipynb: send_jsna\.evidence\.benchmark\.positions has no publish_place",
    ),
    "a breakdown that has no title": (
        lambda root: change(
            root / "notebooks/education.ipynb",
            r"absence_pct\", \"absence\")",
            r"absence_pct\", \"absence\", phase=\"special\")",
        ),
        r"notebooks/education\.ipynb: absence_pct has no title by phase special; .*`breakdowns`.* `name`",
    ),
    "an answer of a figure that no notebook publishes": (
        lambda root: change(
            root / "notebooks/prevalence.ipynb", "{ehcp.share.latest}", "{ehcp.sharre.latest}"
        ),
        r"notebooks/prevalence\.ipynb: figure ehcp\.sharre\.latest can be published by no .*'sharre'",
    ),
    "a chapter that is not in the book": (
        lambda root: write(root / "reports/chapters/17-stray.qmd", "# Stray\n"),
        r"reports/chapters/17-stray\.qmd: chapter chapters/17-stray\.qmd is not in the book",
    ),
    "a part of the filter that is missing": (
        lambda root: (root / "reports/filters/notes.lua").unlink(),
        r"reports/_quarto\.yml: the file filters/notes\.lua is missing",
    ),
    "a typed digit": (
        lambda root: append(root / "reports/chapters/16-voice.qmd", "\nThere are 17 of them.\n"),
        r"reports/chapters/16-voice\.qmd, line 104: the number 17 is typed",
    ),
    "a figure that no notebook publishes": (
        lambda root: append(root / "reports/chapters/17-adulthood.qmd", CHAPTER),
        r"reports/chapters/17-adulthood\.qmd: figure ehcp\.shar\.latest can be published by no notebook",
    ),
    "a reference to nothing": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: a reference to figure ehcp\.nowhere\.chart, which no",
    ),
    "its figure": (lambda root: None, r".*figure ehcp\.nowhere\.chart can be published by no notebook"),
    "a setting that is unknown": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: no setting 'area\.size'; expected one of area\.code",
    ),
    "a condition that is unknown": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: no condition 'raining'; expected one of claims",
    ),
    "a condition on a figure that no notebook publishes": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: figure ehcp\.rate\.newestt can be published by no notebook",
    ),
    "a block that is unknown": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: no generated block 'weather'; expected one of audit",
    ),
    "a link to no chapter": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: a link to 99-nowhere\.qmd, which is no chapter",
    ),
    "a link to no section": (
        lambda root: None,
        r"reports/chapters/17-adulthood\.qmd: a reference to @sec-nowhere, which no chapter has",
    ),
    "a source that an edition is made of": (
        lambda root: change(
            root / "data/editions/2025/build.yaml", "- coventry-citywide-profile-2023", "- coventry-profile"
        ),
        r"data/editions/2025/build\.yaml: the source 'coventry-profile' does not exist",
    ),
    "an edition after one that does not exist": (
        lambda root: [
            write(
                root / "data/editions/2027/edition.yaml",
                (ROOT / "data/editions/2025/edition.yaml")
                .read_text()
                .replace('"2025"', '"2027"', 1)
                .replace('"2023"', '"2028"'),
            ),
            write(root / "data/editions/2027/build.yaml", "sources: found\n"),
        ],
        r"data/editions/2027/edition\.yaml: there is no edition '2028'; expected one of 2023, 2025",
    ),
    "a known error of an unknown indicator": (
        lambda root: change(
            root / "data/corrections/2025.yaml",
            "community_waiting_over_18_weeks_pct",
            "community_waiting_pct",
        ),
        r"data/corrections/2025\.yaml: .* names the indicator 'community_waiting_pct', which does not",
    ),
    "known errors of no edition": (
        lambda root: write(root / "data/corrections/2031.yaml", "[]\n"),
        r"data/corrections/2031\.yaml: no edition '2031', whose known errors these are",
    ),
    "a claim about an unknown indicator": (
        lambda root: change(
            root / "data/claims/slides-2023.yaml", "ehc_plan_detail_pct", "ehc_plan_details_pct"
        ),
        r"data/claims/slides-2023\.yaml, line 33: .* names the indicator 'ehc_plan_details_pct'",
    ),
    "an action measured by a figure that no notebook publishes": (
        lambda root: change(
            root / "data/recommendations/register.yaml", "autism.wait.series", "autism.wayt.series"
        ),
        r"data/recommendations/register\.yaml, line 20: figure autism\.wayt\.series can be published by no",
    ),
    "a claim that something is not published": (
        lambda root: append(root / "reports/chapters/14-covid.qmd", CLAIMED),
        r"reports/chapters/14-covid\.qmd: 'not published' is a claim without a record of a search; .*",
    ),
    "a link to a search that is not recorded": (
        lambda root: None,
        r"reports/chapters/14-covid\.qmd: no search 'nowhere' is recorded",
    ),
    "a claim that a search refutes": (
        lambda root: None,
        r"reports/chapters/14-covid\.qmd: 'not published' is not so: the search found counts of pupils",
    ),
    "an action whose search is not recorded": (
        lambda root: change(
            root / "data/recommendations/register.yaml", "searched: learning-", "searched: lerning-"
        ),
        r"data/recommendations/register\.yaml: action annual-health-check names the search 'lerning-",
    ),
    "a finding that rests on no figure": (
        lambda root: change(
            root / "data/catalogue/findings.yaml", "answer_figure: rise.answer", "answer_figure: ris.a"
        ),
        r"data/catalogue/findings\.yaml: figure ris\.a can be published by no notebook",
    ),
    "an inspection subject with a figure that no notebook publishes": (
        lambda root: change(
            root / "data/catalogue/inspection.yaml", "[reviews.held.latest", "[reviews.helt.latest"
        ),
        r"data/catalogue/inspection\.yaml: figure reviews\.helt\.latest can be published by no notebook",
    ),
    "an inspection subject of no chapter": (
        lambda root: change(
            root / "data/catalogue/inspection.yaml", "chapters: [sec-about]", "chapters: [sec-abut]"
        ),
        r"data/catalogue/inspection\.yaml: subject jsna names the chapter 'sec-abut', which does not exist",
    ),
    "an inspection subject of no extract": (
        lambda root: change(
            root / "data/catalogue/inspection.yaml", "extract: health-visiting", "extract: health-visits"
        ),
        r"data/catalogue/inspection\.yaml: subject health-visitor names the extract 'health-visits'",
    ),
    "inspections of no source": (
        lambda root: change(
            root / "data/catalogue/inspection.yaml", "source: ofsted-area-send-topics", "source: ofsted-area"
        ),
        r"data/catalogue/inspection\.yaml: the crosswalk names the source 'ofsted-area'",
    ),
    "a forecast of no indicator": (
        lambda root: change(
            root / "data/forecast/calibration.yaml", "  ehc_plan_pct:\n", "  ehc_plan_pcts:\n"
        ),
        r"data/forecast/calibration\.yaml: the family 'ehc_plan_pcts' is no indicator; .*benchmarks/forecast",
    ),
    "trees of forecasts that cannot be read": (
        lambda root: write(root / "data/forecast/learner.json", '{"first": 0.0}'),
        r"data/forecast/learner\.json: the trees .* cannot be read \(the learner lacks 'trees'\); .*--write",
    ),
    "findings of a document that is no source": (
        lambda root: write(
            root / "data/council/voice-findings.yaml",
            (ROOT / "data/council/voice-findings.yaml")
            .read_text()
            .replace("coventry-send-jsna-summary-2024", "coventry-summary"),
        ),
        r"data/council/voice-findings\.yaml: the source 'coventry-summary' does not exist",
    ),
    "a service directory that cannot be read": (
        lambda root: write(root / "data/services/leeds.json", "{"),
        r"data/services/leeds\.json, line 1: is not valid JSON",
    ),
    "a name of no area": (
        lambda root: append(root / "data/areas/aliases.csv", "Nowhere,E99999999\n"),
        r"data/areas/aliases\.csv, line 4: code 'E99999999' is no area",
    ),
}

#: Faults of a whole file, which have no line.
OF_WHOLE_FILES = (
    "trees of forecasts that cannot be read",
    "a suite that guards nothing",
    "pages that are not in step",
    "a notebook without a supplement",
    "a chapter that is not in the book",
    "known errors of no edition",
)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """What the check says of a copy with every fault in it."""
    root = tmp_path_factory.mktemp("faulty") / "project"
    settings = declared_copy.copied(root)
    for make, _ in FAULTS.values():
        make(root)
    return check(settings).lines


def is_said(line: str, pattern: str) -> bool:
    without = re.sub(r"(, cell [\w-]+)?, line \d+: ", ": ", line, count=1)
    return bool(re.match(pattern, line) or re.match(pattern, without))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_named_with_file_and_line(lines: tuple[str, ...], fault: str) -> None:
    named = [line for line in lines if is_said(line, FAULTS[fault][1])]
    assert named, "\n".join(lines)
    assert re.match(r"[^:]+, line \d+: ", named[0]) or fault in OF_WHOLE_FILES


def test_nothing_else_is_named_and_the_lines_are_in_order(lines: tuple[str, ...]) -> None:
    patterns = [pattern for _, pattern in FAULTS.values()]
    assert [line for line in lines if not any(is_said(line, pattern) for pattern in patterns)] == []
    places = [re.match(r"([^:,]+)(?:.*?, line (\d+))?", line.partition(": ")[0]) for line in lines]
    order = [(place[1], int(place[2] or 0)) for place in places if place]
    assert order == sorted(order)
    assert len(order) == len(lines) == len(set(lines))


def test_the_project_is_sound_and_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from send_jsna.cli import run; code = run(['check']);"
        " print(code, [name for name in ('great_expectations', 'prefect', 'matplotlib', 'scipy.optimize',"
        " 'papermill') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=small_project.environment(ROOT), capture_output=True, text=True
    )
    assert re.fullmatch(r"\d+ declared files checked\.\n0 \[\]\n", done.stdout), done.stdout + done.stderr


def test_a_catalogue_that_breaks_its_schema_is_named_whole_with_the_documented_code(tmp_path: Path) -> None:
    root = tmp_path / "project"
    declared_copy.copied(root)
    first = change(root / "data/catalogue/indicators.yaml", "  polarity: neutral", "  polarty: neutral")
    second = change(root / "data/catalogue/sources.yaml", "as_at: 2026-04-08", "as_at: spring")
    done = small_project.jsna(root, "check")
    assert done.returncode == 3
    assert done.stdout == ""
    assert f"data/catalogue/indicators.yaml, line {first}: unknown key" in done.stderr
    assert "the key 0.polarity is missing" in done.stderr
    assert re.search(
        rf"^data/catalogue/sources\.yaml, line {second}: .*as_at", done.stderr, flags=re.MULTILINE
    )
    assert re.search(
        r"\njsna: 3 faults in \d+ declared files; correct them; the rest is checked", done.stderr
    )


# -- before a run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (FAULTS["a misspelt reader"][0], r"sources\.yaml, line \d+: .*did you mean lait\?"),
        (FAULTS["an indicator that nothing supplies"][0], r"nothing supplies indicator 'plans_lost_count'"),
        (FAULTS["a data set without a suite"][0], r"nothing supplies indicator 'unguarded_pct'"),
        (FAULTS["a suite that guards nothing"][0], r"weather\.json: the suite weather guards nothing"),
        (FAULTS["a supplement without a notebook"][0], r"line \d+: the supplement voices has no notebook"),
        (
            lambda root: change(root / "data/disclosure/tables.yaml", "  - live_births_count\n", ""),
            r"indicators\.yaml, line \d+: no disclosure rule for the count 'live_births_count'",
        ),
        (
            lambda root: change(
                root / "data/disclosure/tables.yaml", "- live_births_count", "- live_birth_count"
            ),
            r"tables\.yaml: no indicator live_birth_count; .*correct the name",
        ),
        (
            lambda root: (root / "expectations/expectations/schools.json").unlink(),
            r"no suite guards the data set schools of indicator 'special_schools_count'",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_a_run_begins(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    settings = declared_copy.copied(tmp_path / "project")
    require_sound(settings)
    make(tmp_path / "project")
    with pytest.raises(JsnaError, match=message):
        require_sound(settings)


def test_a_refresh_and_a_rebuild_refuse_with_the_message_of_the_check(tmp_path: Path) -> None:
    root = tmp_path / "project"
    settings = declared_copy.copied(root)
    FAULTS["a label of an indicator that is not declared"][0](root)
    said = [line for line in check(settings).lines if "ehc_plan_pcts" in line]
    for arguments in (("refresh", "--direct"), ("edition", "rebuild", "2025", "--from", str(tmp_path))):
        done = small_project.jsna(root, *arguments)
        assert done.returncode == 3
        assert done.stderr.replace(f"{root}/", "") == f"jsna: {said[0]}\n"
    assert not (root / "runs").exists()


def test_an_edition_is_built_of_a_catalogue_that_has_no_report_yet(tmp_path: Path) -> None:
    settings = declared_copy.copied(tmp_path / "project")
    (tmp_path / "project/notebooks/voice.ipynb").unlink()
    require_buildable(settings)
    with pytest.raises(JsnaError, match="the supplement voice has no notebook"):
        require_sound(settings)


# -- what one check hides from another ----------------------------------------------------------------------


def test_a_chapter_that_is_missing_and_a_file_that_was_changed_are_named(tmp_path: Path) -> None:
    settings = declared_copy.copied(tmp_path / "project")
    book = tmp_path / "project/reports/_quarto.yml"
    line = change(book, "chapters/10-autism.qmd", "chapters/10-autisme.qmd")
    second = change(book, "chapters/14-covid.qmd", "chapters/14-covide.qmd")
    append(tmp_path / "project/data/editions/2025/ofsted.csv", "\n")
    said = "\n".join(check(settings).lines)
    assert f"reports/_quarto.yml, line {line}: chapter chapters/10-autisme.qmd is missing" in said
    assert f"reports/_quarto.yml, line {second}: chapter chapters/14-covide.qmd is missing" in said
    assert "data/editions/2025/ofsted.csv: the file was changed after it was locked" in said
