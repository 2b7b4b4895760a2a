"""Reports on real figures: every figure a reader sees can be walked back to the bytes it came from.

The report of the embedded edition, and those that ``--mirror`` makes of the publishers' own files for five
areas, a large one and two tiny ones among them, are held to the same rules.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag
from mirrored import AREAS, Mirrored

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import DIMENSIONS
from send_jsna.provenance import ledger
from send_jsna.provenance.tracing import TracedNarrative
from send_jsna.report.absence_claims import CLAIM
from send_jsna.report.digits import compile_terms, stray_digits
from send_jsna.report.inspection import CROSSWALK, load_crosswalk
from send_jsna.report.narrative import load_terms
from send_jsna.report.recommendations import load_register

CHAPTERS = 21
EMBEDDED = "embedded"
PLACES = ("E08000025", "E12000005", "E92000001")

#: Blocks made from data: charts and tables, the words of warnings, and the generated lists.
GENERATED = ("figure-block", "figure-warnings", "generated", "newer-releases")


@dataclass(frozen=True)
class Report:
    """A report under test.

    Attributes:
        area: ONS code of its area; ``embedded`` for the embedded edition's.
        run: Its run.
        roots: Folders that files named in its lineage lie in.
        figures: Uses of figures its chapters have at least.
        pictures: Charts they have at least.
        observations: Observations they rest on at least.
    """

    area: str
    run: Path
    roots: tuple[Path, ...]
    figures: int
    pictures: int
    observations: int


#: What a report would show in place of a figure that nobody thought of.
HOLES = re.compile(r"\[not available|did not reach the end|\bnan\b|\bNone\b%|\( ?\)| ,|\binf\b")

#: What a report holds at least: an area with few children has fewer figures, since fewer are published.
AT_LEAST = {
    EMBEDDED: (800, 70, 2000),
    "E08000025": (600, 60, 1500),
    "E06000064": (350, 40, 1000),
    "E06000053": (100, 15, 300),
}


def test_nothing_is_said_to_be_unpublished_without_a_search_that_found_nothing(report: Report) -> None:
    """*Not published* is a claim: the words are a link to the record, and the record found nothing."""
    searches = load_catalogue(Path(__file__).parents[2] / "data" / "catalogue").searches
    found = []
    for path in sorted((report.run / "site").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        if not CLAIM.search(" ".join(re.sub("<[^>]*>", " ", source).split())):
            continue  # a page is parsed only where the words are: there are over a thousand
        page = BeautifulSoup(source, "html.parser")
        for link in page.select('a[href*="#searched-"]'):
            search = searches[link["href"].partition("#searched-")[2]]
            if not (search.found and CLAIM.search(link.get_text())):
                link.extract()
        text = " ".join(page.get_text(" ").split())
        found += [
            f"{path.name}: …{text[max(0, m.start() - 60) : m.end() + 40]}" for m in CLAIM.finditer(text)
        ]
    assert found == []


def test_the_front_page_and_the_chapter_name_what_is_newer_than_the_edition(report: Report) -> None:
    if report.area != EMBEDDED:
        pytest.skip("it is about the embedded edition")
    site = report.run / "site"
    for name in ("index.html", "04-send.html"):
        text = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser").get_text()
        newer = "reporting year 2026: figures to January 2026; this edition has them to January 2025."
        assert newer in " ".join(text.split()), name


@pytest.fixture(
    scope="module",
    params=[EMBEDDED, *(pytest.param(area, marks=pytest.mark.shared) for area in AREAS)],
)
def report(request: pytest.FixtureRequest, project_root: Path) -> Report:
    area = request.param
    if area == EMBEDDED:
        run, roots = request.getfixturevalue("built_run"), (project_root,)
    else:
        made = request.getfixturevalue("mirrored")
        run, roots = made.runs[area], (project_root, made.state)
    return Report(area, run, roots, *AT_LEAST[area])


@pytest.fixture(scope="module")
def built(report: Report) -> Path:
    return report.run


@pytest.fixture(scope="module")
def lineage(report: Report) -> dict[str, dict[str, Any]]:
    return ledger.read_lineage(report.run)


@pytest.fixture(scope="module")
def pages(report: Report) -> dict[str, BeautifulSoup]:
    found = sorted((report.run / "site").glob("[0-9][0-9]-*.html"))
    return {path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "lxml") for path in found}


def text_of(tag: Tag, without: str, instead: str = "") -> str:
    """The text of an element, but for that of the elements inside it that have a name."""
    texts: list[str] = []
    left_out = None
    for text in tag.strings:
        inside = text.find_parent(without)
        if inside is None:
            texts.append(text)
        elif inside is not left_out:
            texts.append(instead)
        left_out = inside
    return "".join(texts)


def figures(pages: dict[str, BeautifulSoup]) -> Iterator[tuple[str, Tag]]:
    for name, page in pages.items():
        for tag in page.select("main [data-figure]"):
            yield name, tag


def test_all_chapters_are_there(pages: dict[str, BeautifulSoup]) -> None:
    assert len(pages) == CHAPTERS


def test_every_number_chart_and_table_resolves_to_its_audit_entry(
    report: Report, pages: dict[str, BeautifulSoup], lineage: dict[str, dict[str, Any]]
) -> None:
    entries = {tag["id"] for tag in pages["22-audit.html"].select("[id^=audit-]")}
    seen = 0
    for name, tag in figures(pages):
        key = str(tag["data-figure"])
        assert key in lineage, f"{name}: {key} has no entry in the ledger"
        assert (report.run / "site" / "audit" / f"{key}.html").is_file(), f"{name}: {key} has no audit page"
        href = str(tag["href"])
        assert href.rpartition("#")[2] in entries, f"{name}: {href} leads nowhere"
        if tag["data-kind"] in ("number", "phrase"):
            assert tag.get_text() == lineage[key]["shown"]
        seen += 1
    assert seen > report.figures


def test_no_picture_stands_outside_a_published_chart(report: Report, pages: dict[str, BeautifulSoup]) -> None:
    pictures = [(name, tag) for name, page in pages.items() for tag in page.select("main img")]
    assert len(pictures) > report.pictures
    for name, tag in pictures:
        block = tag.find_parent(id=lambda value: bool(value) and value.startswith("f-"))
        assert block is not None, f"{name}: {tag.get('src')} is no published chart"
        assert block.select("[data-figure][data-kind=chart]")
        assert any(letter.isdigit() for letter in str(tag["alt"])), (
            f"{name}: {tag.get('src')} states no values"
        )


def test_no_number_in_a_sentence_is_anything_but_a_figure_a_date_or_a_term(
    report: Report, pages: dict[str, BeautifulSoup], project_root: Path
) -> None:
    register = load_register(project_root / "data" / "recommendations" / "register.yaml")
    owners = [name for theme in register.themes for name in (theme.owner, theme.board)]
    edition = json.loads((report.run / "edition.json").read_text(encoding="utf-8"))["id"]
    terms = compile_terms([*load_terms(project_root / "data" / "catalogue" / "terms.yaml"), *owners])
    for name, page in pages.items():
        if name >= "15":
            continue  # the claims and the audit are lists of figures themselves
        sentences = 0
        for sentence in page.select("main p, main li"):
            if sentence.find_parent(class_=GENERATED) or sentence.find_parent("nav"):
                continue
            copy = BeautifulSoup(str(sentence), "lxml")
            for inner in copy.select("a, sup, code, .title, .header-section-number, .absent"):
                inner.replace_with(" ")
            stray = stray_digits(copy.get_text().replace(edition, "this edition"), terms)
            assert not stray, f"{name}: {stray[0]} in {copy.get_text()[:120]!r}"
            sentences += 1
        assert sentences > 1


def test_every_observation_is_the_line_of_the_locked_file_it_names(
    report: Report, lineage: dict[str, dict[str, Any]]
) -> None:
    files: dict[str, list[dict[str, str]]] = {}
    checked = set()
    for entry in lineage.values():
        assert entry["inputs"], f"{entry['id']} has no observations"
        for used in entry["inputs"]:
            if used["observation_id"] in checked:
                continue
            if used["file"] not in files:
                content = next(
                    path.read_bytes() for root in report.roots if (path := root / used["file"]).is_file()
                )
                assert hashlib.sha256(content).hexdigest() == used["file_sha256"]
                files[used["file"]] = list(csv.DictReader(content.decode("utf-8").splitlines()))
            row = files[used["file"]][used["line"] - 2]
            assert (row["indicator"], row["area_code"], row["period"]) == (
                used["indicator"],
                used["area_code"],
                used["period"],
            )
            assert used["value"] == (None if used["withheld"] else float(row["value"]))
            assert row["source_id"] == used["source_id"]
            checked.add(used["observation_id"])
    assert len(checked) > report.observations


def test_every_entry_names_cell_validation_snapshot_publisher_and_licence(
    report: Report, lineage: dict[str, dict[str, Any]]
) -> None:
    withheld = json.loads((report.run / "disclosure.json").read_bytes())["datasets"]
    cells = {
        path.stem: {cell["id"] for cell in json.loads(path.read_bytes())["cells"]}
        for path in (report.run / "notebooks").glob("*.ipynb")
    }
    validated = {
        path.stem: json.loads(path.read_bytes()).get("id")
        for path in (report.run / "validation").glob("*.json")
    }
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (report.run / "snapshots").iterdir()
    }
    for entry in lineage.values():
        assert entry["cell"]["id"] in cells[entry["notebook"]]
        assert entry["method"]
        for dataset in entry["datasets"]:
            assert validated[dataset["dataset"]] == dataset["validation_id"]
            assert dataset["passed"]
        for source in entry["sources"]:
            assert source["publisher"] and source["title"] and source["licence"] and source["as_at"]
            for digest in str(source["snapshot_sha256"]).split():
                path = report.run / "snapshots" / digest
                assert json.loads(path.with_suffix(".json").read_bytes())["sha256"] == digest
                if source["dataset"] not in withheld:
                    assert hashes[digest] == digest


def test_known_figures_stand_in_the_report(report: Report, lineage: dict[str, dict[str, Any]]) -> None:
    """Headline figures as the publishers print them: a wrong selection would change one of these."""
    if report.area != EMBEDDED:
        assert lineage["ehcp.share.england"]["value"] == 5.3
        return
    published = {
        "ehcp.share.latest": 4.3,
        "ehcp.share.england": 5.3,
        "ehcp.share.region": 5.0,
        "sen_support.share.latest": 17.7,
        "sen_support.share.england": 14.2,
        "ehcp.caseload.latest": 3477,
        "ehcp.requests.latest": 1144,
        "ehcp.timeliness.latest": 63.4,
        "gld.latest": 65.3,
        "autism.plans.latest": 35.0,
        "slcn.plans.latest": 20.1,
        "ks2.sen_support.latest": 28,
        "special.places.latest": 1214,
    }
    assert {key: lineage[key]["value"] for key in published} == published


def test_nothing_published_holds_a_path_of_the_machine_or_the_time_of_the_run(built: Path) -> None:
    run_id = built.name
    for path in sorted((built / "site").rglob("*")):
        if path.suffix in (".html", ".json", ".svg", ".js"):
            text = path.read_text(encoding="utf-8")
            assert str(built.parent) not in text, path
            assert run_id not in text, path


def test_every_internal_link_of_every_page_leads_somewhere(report: Report) -> None:
    site = report.run / "site"
    pages = {path.resolve(): path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    anchors = {path: set(re.findall(r'\bid="([^"]+)"', text)) for path, text in pages.items()}
    seen, nowhere = 0, []
    for path, text in pages.items():
        for link in re.findall(r'<(?:a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]+)"', text):
            address = urlsplit(unescape(link))
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            is_there = target.is_file() and (
                not address.fragment or target not in anchors or unquote(address.fragment) in anchors[target]
            )
            seen += 1
            nowhere += [] if is_there else [f"{path.relative_to(site.resolve())}: {link}"]
    assert nowhere == []
    assert seen > 1000


def test_the_site_the_log_and_the_run_count_warnings_alike(
    report: Report, pages: dict[str, BeautifulSoup]
) -> None:
    record = json.loads((report.run / "run.json").read_bytes())
    warned = record["counts"]["validate"]["warnings"]
    assert f" {warned} with a warning" in " ".join(pages["22-audit.html"].get_text().split())
    page = BeautifulSoup((report.run / "validation" / "index.html").read_text(encoding="utf-8"), "lxml")
    assert f" {warned} ended in a warning" in " ".join(page.get_text().split())


def test_a_trace_prints_sentences_that_stand_in_the_report(
    report: Report, pages: dict[str, BeautifulSoup], lineage: dict[str, dict[str, Any]]
) -> None:
    """What a reader sees is what is printed: no markup, nothing the page left out."""
    said: dict[str, str] = {}
    for name, page in pages.items():
        said[name.removesuffix(".html")] = _plain(text_of(page.select_one("main"), without="sup"))
    narrative = TracedNarrative(report.run)
    seen = 0
    for key in lineage:
        for place in narrative.places(key):
            if place.sentence:
                assert _plain(place.sentence) in said[Path(place.file).stem], f"{key}: {place}"
                seen += 1
    assert seen > report.figures / 2


def _plain(text: str) -> str:
    """Text without what typography changes."""
    for printed, typed in (
        ("’", "'"),
        ("‘", "'"),
        ("“", '"'),
        ("”", '"'),
        ("–", "-"),
        ("…", "..."),
        ("\u2060", ""),
    ):
        text = text.replace(printed, typed)
    return " ".join(text.split())


def test_every_question_of_every_notebook_has_its_evidence_and_answer_under_it(
    report: Report, lineage: dict[str, dict[str, Any]]
) -> None:
    """Each shows a figure, or says why there is none; and each notebook shows all that it published."""
    asked = 0
    for path in sorted((report.run / "notebooks").glob("*.ipynb")):
        shown: dict[str, str] = {}
        question = ""
        for cell in json.loads(path.read_bytes())["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                heading = re.match(r"##+ (.*\?)$", text.partition("\n")[0])
                question = heading[1] if heading else question
                if heading:
                    shown[question] = ""
            elif question:
                outputs = json.dumps(cell["outputs"], ensure_ascii=False)
                shown[question] += outputs if cell["outputs"] else ""
        for asked_for, outputs in shown.items():
            assert "jsna-figure" in outputs or '"stream"' in outputs, f"{path.name}: {asked_for}"
        asked += len(shown)
        own = {key for key, entry in lineage.items() if entry["notebook"] == path.stem}
        everything = "".join(shown.values())
        assert [key for key in sorted(own) if f"<code>{key}</code>" not in everything] == [], path.name
    assert asked > 20


def test_another_area_is_told_nothing_that_one_council_published(
    report: Report, pages: dict[str, BeautifulSoup]
) -> None:
    """The documents of Coventry are about Coventry; no other report repeats or hides behind them."""
    if report.area == EMBEDDED:
        assert "2019" in pages["02-about.html"].get_text(), "its inspection"
        return
    for name in (
        "02-about.html",
        "15-services.html",
        "16-voice.html",
        "19-recommendations.html",
        "21-claims.html",
    ):
        text = pages[name].select_one("main").get_text(" ", strip=True)
        assert "Coventry" not in text, f"{name}: {text[max(0, text.find('Coventry') - 80) :][:200]}"
    assert "This edition has no figures from documents" in pages["21-claims.html"].get_text()


def words_of(page: BeautifulSoup) -> str:
    """The words of a chapter, without what is made from data."""
    return " ".join(page.select_one("main").get_text(" ").split())


def test_the_chapter_on_social_care_has_the_rates_or_says_that_they_are_missing(
    report: Report, pages: dict[str, BeautifulSoup], lineage: dict[str, dict[str, Any]]
) -> None:
    text = words_of(pages["12-social-care.html"])
    assert "short breaks" in text and "not searched for" in text
    missing = "who works with them, is not in this edition."
    if "social_care.cin.latest" not in lineage and "social_care.work.table" not in lineage:
        assert missing in text and "Social workers" not in text
        return
    assert missing not in text
    for name in ("social_care.cin.latest", "social_care.cla.latest", "social_care.cin_plan.latest"):
        shown = pages["12-social-care.html"].select(f'main [data-figure="{name}"]')
        assert bool(shown) is (name in lineage), name
    if "social_care.cin.interval" in lineage:  # the counts are there, and so are the assessments' factors
        assert f"{lineage['social_care.learning.latest']['shown']} of assessments" in re.sub(
            r"[\s\u2060]*\[[^\]]*\]", "", text
        )


def test_rates_for_each_thousand_go_with_the_residents_by_age_they_are_made_of(
    report: Report, pages: dict[str, BeautifulSoup], lineage: dict[str, dict[str, Any]]
) -> None:
    """What they are divided by is said in one chapter, and the rates are where plans and requests are."""
    has_ages = "ages.young.latest" in lineage
    population = words_of(pages["03-population.html"])
    assert ("denominator" in population) is has_ages
    assert ("Residents by single year of age are not in this edition" in population) is not has_ages
    for page, name in (
        ("04-send.html", "ehcp.rate.latest"),
        ("05-ehc-process.html", "ehcp.requests.rate.latest"),
        ("05-ehc-process.html", "ehcp.new_plans.rate.latest"),
    ):
        shown = pages[page].select(f'main [data-figure="{name}"]')
        assert bool(shown) is (name in lineage), name
        if name in lineage:
            assert has_ages
            figure = lineage[name]
            assert figure["lower"] < figure["value"] < figure["upper"], f"{name} has Byar's limits"
    says_none = "this edition holds no population by single year of age"
    assert (says_none in words_of(pages["05-ehc-process.html"])) is (
        "ehcp.requests.rate.latest" not in lineage
    )


def test_what_is_missing_is_said_and_never_left_as_a_hole(
    report: Report, pages: dict[str, BeautifulSoup]
) -> None:
    for name, page in pages.items():
        # A call that an example shows ends in brackets.
        text = " ".join(text_of(page.select_one("main"), without="code", instead="code").split())
        hole = HOLES.search(text)
        assert hole is None, f"{name}: {hole[0]!r} in {text[max(0, hole.start() - 80) :][:200]}"
        for heading in page.select("main h2"):
            following = heading.find_parent("section") or heading.parent
            words = following.get_text(" ", strip=True).removeprefix(heading.get_text(" ", strip=True))
            assert words.strip(), f"{name}: nothing stands under {heading.get_text()!r}"


@pytest.mark.shared
def test_a_citys_own_files_give_what_the_editions_have_of_it(project_root: Path, mirrored: Mirrored) -> None:
    """Row for row: the companion of Birmingham, the edition of region and England, which Coventry has too."""
    made = next((mirrored.state / "editions").glob("mirror-E08000025-*"))
    indicators = load_catalogue(project_root / "data" / "catalogue").indicators
    with (made / "sources.csv").open(encoding="utf-8") as file:
        read = {row["source_id"] for row in csv.DictReader(file)}
    again = {key: row["value"] for path in made.glob("*.csv") for key, row in rows_of(path)}
    frozen = project_root / "data" / "editions" / "2026"
    checked = 0
    for path in [*frozen.glob("*.csv"), frozen.with_name("2026-authorities") / "authorities.csv"]:
        for key, row in rows_of(path):
            # What is worked out among residents needs the other folder's file of them.
            if key[1] in PLACES and row["source_id"] in read and not indicators[key[0]].among:
                checked += 1
                assert again.get(key) == row["value"], (path.name, key)
    assert checked > 5000


def rows_of(path: Path) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The rows of a data set by what they measure; none of another file of an edition."""
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        if "indicator" in row:
            yield tuple(row[name] for name in ("indicator", "area_code", "period", *DIMENSIONS)), row


def test_every_subject_of_inspections_has_figures_chapters_or_who_has_what_is_missing(
    pages: dict[str, BeautifulSoup], project_root: Path
) -> None:
    declared = load_crosswalk(project_root / "data" / "catalogue" / CROSSWALK)
    rows = pages["20-inspection.html"].select(".subjects tbody tr")
    assert [row.select_one("[id^=subject-]")["id"] for row in rows] == [
        f"subject-{subject.id}" for subject in declared.subjects
    ]
    for row, subject in zip(rows, declared.subjects, strict=True):
        text = " ".join(row.get_text(" ").split())
        assert f"in {subject.reports} of {declared.reports} reports" in text
        assert ("Not here:" in text) == ("Who has it:" in text) == bool(subject.lacking)
        assert row.select(f"a[href^='{page_of(pages, subject.chapters)}']") or subject.lacking, subject.id
        assert len(row.select("td")) == 1, "a narrow screen has room for two columns"


def page_of(pages: dict[str, BeautifulSoup], chapters: tuple[str, ...]) -> str:
    """The page of the first of some chapters; no page's name where there are none."""
    if not chapters:
        return "none"
    return next(name for name, page in pages.items() if page.select(f"main #{chapters[0]}"))


def words_of_section(page: BeautifulSoup, title: str) -> str:
    """The words under a heading."""
    heading = next(found for found in page.select("main h3") if title in found.get_text())
    section = heading.find_parent("section") or heading.parent
    return " ".join(section.get_text(" ").split())


@pytest.mark.parametrize(
    ("indicator", "figure", "said"),
    [
        ("absence_by_sen_pct", "missed_sen.ehc_plan.latest", "publishes absence of the full school year"),
        (
            "pupils_suspended_spring_by_sen_per_100",
            "suspended_spring.ehc_plan.latest",
            "Whether pupils with SEN are suspended or excluded more often than others is not in this edition",
        ),
    ],
)
def test_the_chapter_says_that_the_edition_lacks_figures_by_sen_only_where_it_does(
    report: Report,
    pages: dict[str, BeautifulSoup],
    lineage: dict[str, dict[str, Any]],
    indicator: str,
    figure: str,
    said: str,
) -> None:
    rows = pd.read_parquet(report.run / "observations.parquet", columns=["indicator", "area_code"])
    area = json.loads((report.run / "context.json").read_text(encoding="utf-8"))["area"]["code"]
    has_it = bool(((rows["indicator"] == indicator) & (rows["area_code"] == area)).any())
    page = pages["06-education.html"]
    text = " ".join(page.select_one("main").get_text(" ").split())
    # Where the two terms are missing, too, one sentence says so for the whole section.
    whole = "Not in this edition for" in words_of_section(page, "Absence by SEN provision and need")
    assert (said in text) is not has_it or (whole and not has_it)
    assert bool(page.select(f"main [data-figure='{figure}']")) is has_it
    assert (figure in lineage) is has_it


@pytest.mark.parametrize(
    ("indicator", "newest", "release"),
    [
        ("tribunal_appeal_new_method_pct", "2025", "SEND tribunal appeal rate 2025"),
        ("absence_by_sen_pct", "2024/25", "Pupil absence in schools in England by SEN provision"),
        ("imd_average_score", "2025", "English Indices of Deprivation 2025"),
    ],
)
def test_a_release_that_the_edition_has_is_not_said_to_be_newer(
    report: Report, indicator: str, newest: str, release: str
) -> None:
    rows = pd.read_parquet(report.run / "observations.parquet", columns=["indicator", "period"])
    has_it = bool(((rows["indicator"] == indicator) & (rows["period"] == newest)).any())
    front = BeautifulSoup((report.run / "site" / "index.html").read_text(encoding="utf-8"), "lxml")
    if has_it:
        assert release not in front.select_one("main").get_text()
