"""The report of a small run: rendered whole, by pandoc, and by a stand-in for Quarto."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import matplotlib
import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader
from sample_book import ROOT, Sample, build_sample

from send_jsna.cache import Store
from send_jsna.errors import ReportError
from send_jsna.figures.charts.drawing import MARGIN, SMALL, text_width
from send_jsna.report import assemble
from send_jsna.report.assemble import choose_engine
from send_jsna.report.narrative import load_terms, scan_chapters
from send_jsna.report.pandoc import pandoc_path, run_pandoc
from send_jsna.report.pictures import write_pictures
from send_jsna.report.word import normalise


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return build_sample(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def site(sample: Sample) -> Path:
    return assemble(sample.run_folder, engine="pandoc", **sample.arguments())


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


# -- pages ------------------------------------------------------------------------------------------------


def test_the_site_holds_what_every_engine_publishes(site: Path) -> None:
    for name in (
        "index.html",
        "01-summary.html",
        "22-audit.html",
        "send-jsna.pdf",
        "send-jsna.docx",
        "ledger.sqlite",
        "figures/ehcp.share.series.svg",
        "notebooks/education.html",
        "validation/index.html",
        "audit/ehcp.share.latest.html",
    ):
        assert (site / name).is_file(), name
    assert [path.suffix for path in (site / "figures").iterdir()] == [
        ".svg"
    ]  # Word's pictures are in the document


def test_a_number_is_a_link_to_its_audit_entry(site: Path) -> None:
    link = soup(site / "01-summary.html").select_one('a[data-figure="ehcp.share.latest"]')
    assert link is not None
    assert link.get_text() == "4.3%"
    assert link["class"] == ["figure-number"]
    assert link["href"] == "22-audit.html#audit-ehcp.share.latest"
    phrase = soup(site / "01-summary.html").select_one('a[data-kind="phrase"]')
    assert phrase is not None
    assert phrase.get_text() == "below"


def test_every_figure_in_every_page_resolves_to_an_entry_and_a_page_of_its_own(
    site: Path, sample: Sample
) -> None:
    found = set()
    for page in pages(site):
        for link in soup(page).select("a[data-figure]"):
            key = link["data-figure"]
            found.add(key)
            target, _, anchor = str(link["href"]).partition("#")
            assert soup(site / target).find(id=anchor) is not None, key
            assert (site / "audit" / f"{key}.html").is_file()
    assert found == set(sample.figures)


def test_every_internal_link_leads_somewhere(site: Path) -> None:
    ids = {page: {tag["id"] for tag in soup(page).select("[id]")} for page in pages(site)}
    for page in pages(site):
        for tag in soup(page).select("a[href], img[src], link[href], script[src]"):
            address = urlsplit(str(tag.get("href") or tag.get("src")))
            if address.scheme:
                assert tag.name == "a", f"{page.name} loads {address.geturl()} from elsewhere"
                continue
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            assert target.is_file(), f"{page.name} links to {address.path}"
            if address.fragment and target in ids:
                assert unquote(address.fragment) in ids[target], f"{page.name} links to {address.geturl()}"


@pytest.mark.parametrize("name", ["a%20b", "100% #1?x=y", 'd & é\'ü "q" [1] {2} ~;$HOME', "%zz%2F..%2Fup"])
def test_a_run_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """No path of this machine is taken for an address, whose escapes would be decoded."""
    folder = tmp_path / name
    folder.mkdir()
    sample = build_sample(folder)
    site = assemble(sample.run_folder, engine="pandoc", **sample.arguments())
    for document in ("index.html", "send-jsna.pdf", "send-jsna.docx"):
        assert (site / document).stat().st_size > 1000
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_chart_has_caption_alternative_text_data_and_its_way_back(site: Path) -> None:
    block = soup(site / "02-plans.html").select_one("#f-ehcp-share-series")
    assert block is not None
    assert block.select_one(".figure-caption").get_text(" ", strip=True).startswith("Figure 2.1: Pupils with")
    image = block.select_one(".figure-scroll > img")
    assert "4.3% in 2024/25" in image["alt"]
    assert "Source: Department for Education" in image["alt"]
    rows = block.select("details table tbody tr")
    assert [cell.get_text() for cell in rows[-1].select("th, td")] == ["2024/25", "4.3%", "4.9%", "5.1%"]
    assert all(row.th["scope"] == "row" for row in rows)
    assert {cell["scope"] for cell in block.select("thead th")} == {"col"}
    assert "Take care: The collection changed" in block.get_text()
    assert block.select_one("a.figure-audit")["href"] == "22-audit.html#audit-ehcp.share.series"


def test_a_table_keeps_its_cells_and_its_marks(site: Path) -> None:
    block = soup(site / "02-plans.html").select_one("#f-ehcp-table-years")
    assert block is not None
    assert 'Coventry & neighbours "as printed" <2015/16>' in block.select_one(".figure-caption").get_text()
    row = block.select("tbody tr")[2]
    assert [cell.get_text() for cell in row.select("th, td")] == [
        "2017/18",
        "1,374",
        "c",
        "2.8%",
        "x",
        "+2.1%",
    ]
    assert "Note: c: confidential" in block.get_text()


def test_references_settings_and_chapter_links_are_filled(site: Path) -> None:
    text = " ".join(soup(site / "01-summary.html").main.get_text().split())
    assert "Of all pupils in Coventry" in text
    assert "The series is in Figure 2.1 in the chapter on plans, and Chapter 2 says more" in text
    assert "SEN in England, 57 facts" in text
    assert "20 November 2025" in soup(site / "index.html").main.get_text()


def test_a_refused_figure_leaves_a_visible_gap(site: Path) -> None:
    reason = "data set tribunal failed validation: key stands twice"
    assert f"[not available: {reason}]" in soup(site / "01-summary.html").get_text()
    note = soup(site / "02-plans.html").select_one("#f-lost-chart.not-available")
    assert note is not None
    assert "Figure 2.2 is not available." in note.get_text()
    assert reason in note.get_text()


def test_an_optional_figure_that_nobody_publishes_leaves_no_trace(site: Path) -> None:
    assert "survey" not in (site / "02-plans.html").read_text(encoding="utf-8")


def test_a_warning_stands_beside_its_number_and_in_words_below(site: Path) -> None:
    page = soup(site / "01-summary.html")
    paragraph = page.main.p
    assert [mark.get_text() for mark in paragraph.select("a.note-mark")] == ["a"]
    assert paragraph.sup.get_text() == "[a]"
    assert "The collection changed in January 2023" in page.find(id="note-summary-a").get_text()


def test_an_audit_entry_holds_the_whole_chain(site: Path) -> None:
    entry = soup(site / "22-audit.html").find(id="audit-ehcp.share.latest")
    text = " ".join(entry.get_text().split())
    for part in (
        "unrounded 4.312%; 95% confidence interval 4.1 to 4.5",
        "Method: As published",
        "cell 3 of notebook education",
        "2 observations of ehc_caseload (passed validation)",
        "2025/ehc_caseload/abc",
        "b" * 64,
        "Department for Education, Special educational needs in England, 2024/25",
        "as at 2025-06-12",
        "OGL v3.0",
    ):
        assert part in text, part
    assert entry.find("a", href="notebooks/education.html#cell-publish-share")
    assert entry.find("a", href="audit/ehcp.share.latest.html")


def test_pages_are_in_english_titled_and_have_one_first_heading(site: Path) -> None:
    for page in site.glob("*.html"):
        found = soup(page)
        assert found.html["lang"] == "en-GB"
        assert found.title.get_text().endswith("joint strategic needs assessment")
        assert len(found.select("h1")) == 1
        levels = [int(tag.name[1]) for tag in found.select("h1, h2, h3, h4")]
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_what_only_paper_needs_is_not_on_the_pages(site: Path) -> None:
    assert "Data behind the charts" not in soup(site / "22-audit.html").get_text()


def test_the_search_index_holds_every_section(site: Path) -> None:
    script = (site / "search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.removeprefix("window.JSNA_SEARCH = ").rstrip(";\n"))
    assert {entry["page"] for entry in entries} == {
        "index.html",
        "01-summary.html",
        "02-plans.html",
        "22-audit.html",
    }
    tell = next(entry for entry in entries if entry["id"] == "what-we-cannot-tell")
    assert tell["title"] == "What we cannot tell"
    assert "Nothing beyond" in tell["text"]


# -- documents ------------------------------------------------------------------------------------------


def test_the_pdf_is_tagged_titled_has_a_language_and_bookmarks(site: Path) -> None:
    reader = PdfReader(site / "send-jsna.pdf")
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert reader.metadata.title.startswith("Coventry: special educational needs")
    assert str(reader.metadata.creation_date).startswith("2025-11-20")
    names = [item.title for item in reader.outline if not isinstance(item, list)]
    assert [name for name in names if name[0].isdigit()] == ["1 Summary", "2 Plans", "3 Audit"]


def test_the_pdf_shows_values_alternative_texts_and_the_data_of_charts(site: Path) -> None:
    reader = PdfReader(site / "send-jsna.pdf")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "Of all pupils in Coventry, 4.3%" in text
    assert "Figure 2.1:" in text
    assert "Data behind the charts" in text
    assert "How Table 2.1 was made" in text
    found = list(_alternatives(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert any("4.3% in 2024/25" in alternative for alternative in found)


def _alternatives(node: object) -> list[str]:
    from pypdf.generic import ArrayObject, DictionaryObject

    node = getattr(node, "get_object", lambda: node)()
    if isinstance(node, ArrayObject):
        return [text for item in node for text in _alternatives(item)]
    if not isinstance(node, DictionaryObject):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (_alternatives(node["/K"]) if "/K" in node else [])


def test_the_pdfs_links_lead_to_places_in_it(site: Path) -> None:
    reader = PdfReader(site / "send-jsna.pdf")
    inner = [
        annotation.get_object()
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if "/Dest" in annotation.get_object() or annotation.get_object().get("/A", {}).get("/S") == "/GoTo"
    ]
    assert len(inner) > 20


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="needs pdftoppm (poppler-utils)")
def test_the_pdf_draws_the_chart_and_its_fonts(site: Path, tmp_path: Path) -> None:
    subprocess.run(["pdftoppm", "-r", "40", "-png", site / "send-jsna.pdf", tmp_path / "page"], check=True)
    from PIL import Image

    colours = set()
    for path in sorted(tmp_path.glob("page*.png")):
        with Image.open(path) as image:
            colours |= {colour for _, colour in image.convert("RGB").getcolors(maxcolors=1 << 24) or []}
    assert (18, 67, 109) in colours  # the area's line
    assert (40, 161, 151) in colours  # the region's


def test_the_word_document_has_language_alternative_texts_and_links_that_hold(site: Path) -> None:
    with zipfile.ZipFile(site / "send-jsna.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        body = archive.read("word/document.xml").decode()
        styles = archive.read("word/styles.xml").decode()
        core = archive.read("docProps/core.xml").decode()
    anchors = set(re.findall(r'w:anchor="([^"]+)"', body))
    assert anchors
    assert anchors <= set(re.findall(r'<w:bookmarkStart[^>]*w:name="([^"]+)"', body))
    assert "4.3% in 2024/25" in body[body.index("descr=") :]
    assert 'w:val="en-GB"' in styles
    assert "<dc:title>Coventry: special educational needs" in core
    assert body.count("<w:tblHeader") >= 2
    assert "TOC" in body


def test_word_shows_the_chart_as_it_was_drawn_sharp_and_in_its_font(sample: Sample, site: Path) -> None:
    with zipfile.ZipFile(site / "send-jsna.docx") as archive:
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pictures) == 1
        picture = Image.open(io.BytesIO(archive.read(pictures[0]))).convert("RGB")
        body = archive.read("word/document.xml").decode()
    svg = (sample.run_folder / "figures" / "ehcp.share.series.svg").read_text(encoding="utf-8")
    width, height = (float(n) for n in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0])
    assert picture.size == (round(width / 72 * 200), round(height / 72 * 200))
    across, down = (int(n) for n in re.findall(r'<wp:extent cx="(\d+)" cy="(\d+)"', body)[0])
    assert across / down == pytest.approx(width / height, rel=0.01)
    assert across > 5_000_000  # the width of the text, in units of 1/914,400 inch
    colours = {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3).tolist()}
    assert {(18, 67, 109), (40, 161, 151)} <= colours  # the area's and the region's
    # The last letter of the source line ends where the font of the layout has it, of 200 pixels an inch.
    line = "Source: Department for Education"
    figure = Figure(dpi=200)
    FigureCanvasAgg(figure)
    with matplotlib.rc_context({"text.hinting": "none"}):  # as the charts are drawn
        ends = (MARGIN + text_width(figure, line, size=SMALL)) * 200
    foot = picture.crop((0, picture.height - 44, picture.width, picture.height)).convert("L")
    ink = foot.point(lambda level: 255 * (level < 160)).getbbox()
    assert ink is not None and ink[2] == pytest.approx(ends, abs=4)


# -- determinism, places, faults --------------------------------------------------------------------------


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_run_elsewhere_and_later_gives_the_same_bytes(
    sample: Sample, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = build_sample(tmp_path / "somewhere else")
    assert digests(assemble(again.run_folder, engine="pandoc", **again.arguments())) == digests(site)


def test_a_page_made_from_its_own_part_of_the_data_is_as_from_the_whole(sample: Sample, site: Path) -> None:
    report = sample.run_folder / "report"
    whole = {"JSNA_REPORT_DATA": str(report / "_generated" / "report.json"), "JSNA_FIGURES": "figures"}
    for chapter in scan_chapters(
        report, load_terms(sample.settings.data / "catalogue" / "terms.yaml")
    ).chapters:
        arguments = ["--from=markdown", "--to=html5", "--wrap=none", "--lua-filter=filters/report.lua"]
        if chapter.number is not None:
            arguments += ["--number-sections", f"--number-offset={chapter.number - 1}"]
        body = run_pandoc([*arguments, chapter.path.name], folder=report, environment=whole)
        assert body.partition("</h1>")[2].strip() in (site / f"{chapter.stem}.html").read_text(
            encoding="utf-8"
        )
    assert [path.name for path in (report / "_generated").glob("*report.json")] == ["report.json"]


def test_a_page_is_made_anew_where_only_a_block_in_pandocs_own_form_has_changed(tmp_path: Path) -> None:
    sample, store = build_sample(tmp_path), Store(tmp_path / "cache", 100)
    assemble(sample.run_folder, engine="pandoc", formats=["html"], store=store, **sample.arguments())
    made = store.made["page"]
    sample.lineage["ehcp.share.latest"]["method"] = "Counted twice."
    shutil.rmtree(sample.run_folder / "report")
    shutil.rmtree(sample.run_folder / "site")
    site = assemble(sample.run_folder, engine="pandoc", formats=["html"], store=store, **sample.arguments())
    assert store.made["page"] == made + 1
    assert "Method: Counted twice." in (site / "22-audit.html").read_text(encoding="utf-8")


def test_no_path_of_the_machine_is_published(sample: Sample, site: Path) -> None:
    for folder in (site, sample.run_folder / "report"):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".png", ".docx", ".pdf"):
                assert str(sample.run_folder.parent) not in path.read_text(encoding="utf-8"), path


def test_a_figure_nobody_publishes_stops_before_anything_is_published(tmp_path: Path) -> None:
    sample = build_sample(tmp_path)
    sample.write_chapter(
        "01-summary.qmd", '# Summary {#sec-summary}\n\nIt is []{figure="ehcp.share.lates"}.\n'
    )
    with pytest.raises(ReportError) as caught:
        assemble(sample.run_folder, engine="pandoc", **sample.arguments())
    assert caught.value.line() == (
        "01-summary.qmd, line 3: figure ehcp.share.lates is published by no notebook;"
        " did you mean ehcp.share.latest? publish it from a notebook or correct the id"
    )
    assert not (sample.run_folder / "site").exists()


def test_an_address_that_runs_in_a_browser_is_a_link_in_no_format(tmp_path: Path) -> None:
    sample = build_sample(tmp_path)
    for entry in sample.lineage.values():
        for source in entry["sources"]:
            source["url"] = "javascript:alert('x')"
    chapter = sample.chapter("01-summary.qmd")
    sample.write_chapter(
        chapter.name, f"{chapter.read_text(encoding='utf-8')}\n\n[Here](javascript:alert).\n"
    )
    site = assemble(sample.run_folder, engine="pandoc", **sample.arguments())
    for page in pages(site):
        for link in soup(page).find_all(["a", "link", "img", "script"]):
            assert "javascript" not in f"{link.get('href')} {link.get('src')}".casefold(), page
    with zipfile.ZipFile(site / "send-jsna.docx") as document:
        assert not any(b"javascript" in document.read(name) for name in document.namelist() if "rels" in name)
    for page in PdfReader(site / "send-jsna.pdf").pages:
        for note in page.get("/Annots") or []:
            assert "javascript" not in str(note.get_object().get("/A"))


def test_a_missing_picture_is_an_error_not_a_gap(tmp_path: Path) -> None:
    sample = build_sample(tmp_path)
    (sample.run_folder / "figures" / "ehcp.share.series.svg").unlink()
    with pytest.raises(ReportError, match=r"ehcp\.share\.series\.svg"):
        assemble(sample.run_folder, engine="pandoc", **sample.arguments())


@pytest.mark.usefixtures("site")
def test_a_chart_of_data_that_failed_validation_needs_no_picture(sample: Sample, tmp_path: Path) -> None:
    report = tmp_path / "report"
    shutil.copytree(sample.run_folder / "report", report)
    data = json.loads((report / "_generated" / "report.json").read_text(encoding="utf-8"))
    drawn = data["figures"]["ehcp.share.series"]
    data["figures"]["ehcp.other.series"] = drawn | {
        "svg": "ehcp.other.series.svg",
        "refused": "data set sen failed validation",
    }
    (report / "_generated" / "report.json").write_text(json.dumps(data), encoding="utf-8")
    assert [path.name for path in write_pictures(report)] == [drawn["png"]]


@pytest.mark.usefixtures("site")
def test_a_chart_that_cannot_be_made_a_picture_for_word_is_named(sample: Sample, tmp_path: Path) -> None:
    report = tmp_path / "report"
    shutil.copytree(sample.run_folder / "report", report)
    data = json.loads((report / "_generated" / "report.json").read_text(encoding="utf-8"))
    data["figures"]["ehcp.other.series"] = data["figures"]["ehcp.share.series"] | {
        "svg": "ehcp.other.series.svg"
    }
    (report / "_generated" / "report.json").write_text(json.dumps(data), encoding="utf-8")
    (report / "figures" / "ehcp.other.series.svg").write_text("<svg><g>", encoding="utf-8")
    with pytest.raises(ReportError, match=r"Word .* chart ehcp\.other\.series: .*SVG") as caught:
        write_pictures(report)
    assert "ehcp.other.series.svg" in str(caught.value)


def test_a_chart_without_alternative_text_makes_no_pdf(tmp_path: Path) -> None:
    sample = build_sample(tmp_path)
    filters = sample.reports / "filters" / "figures.lua"
    text = filters.read_text(encoding="utf-8")
    plain = text.replace(", alt: %s", "").replace(" typst_string(alternative(figure)), caption", " caption")
    assert plain != text
    filters.write_text(plain, encoding="utf-8")
    with pytest.raises(ReportError, match="typst could not set the PDF"):
        assemble(sample.run_folder, engine="pandoc", **sample.arguments())


def test_the_filter_without_data_says_what_to_run(tmp_path: Path) -> None:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("JSNA_", "QUARTO_"))
    }
    done = subprocess.run(
        [
            pandoc_path(),
            "--from=markdown",
            "--to=html",
            f"--lua-filter={ROOT / 'reports/filters/report.lua'}",
        ],
        input="words",
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "run jsna refresh first" in done.stderr


def test_a_documents_zip_is_rewritten_with_fixed_times(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.txt", "two")
        archive.writestr("[Content_Types].xml", "one")
    normalise(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["[Content_Types].xml", "b.txt"]
        assert archive.read("b.txt") == b"two"


# -- Quarto -----------------------------------------------------------------------------------------------

FAKE = """#!{python}
import json, os, pathlib, sys
command, folder, to, kind = sys.argv[1:5]
assert (command, to) == ("render", "--to"), sys.argv
folder = pathlib.Path(folder)
data = json.loads(pathlib.Path(os.environ["JSNA_REPORT_DATA"]).read_text())
assert data["figures"]["ehcp.share.latest"]["shown"] == "4.3%"
assert os.environ["SOURCE_DATE_EPOCH"].isdigit()
assert kind != "docx" or (folder / "figures" / "ehcp.share.series.png").is_file()
out = folder / "_book"
out.mkdir()
{body}
"""

WORKING = """
if kind == "html":
    for chapter in folder.glob("*.qmd"):
        (out / (chapter.stem + ".html")).write_text("<p>" + chapter.stem)
    (out / "site_libs").mkdir()
    (out / "site_libs" / "x.js").write_text("")
else:
    ending = {"typst": "pdf", "docx": "docx"}[kind]
    (out / ("Some-Title." + ending)).write_text(kind)
"""


def fake_quarto(folder: Path, body: str) -> str:
    path = folder / "quarto"
    path.write_text(FAKE.format(python=sys.executable, body=body), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def with_quarto(tmp_path: Path, body: str) -> Sample:
    sample = build_sample(tmp_path)
    sample.settings = sample.settings.model_copy(update={"quarto": fake_quarto(tmp_path, body)})
    return sample


def test_quarto_is_taken_where_it_is_found(tmp_path: Path) -> None:
    sample = with_quarto(tmp_path, WORKING)
    assert choose_engine("auto", sample.settings) == "quarto"
    absent = sample.settings.model_copy(update={"quarto": "no-such-quarto"})
    assert choose_engine("auto", absent) == "pandoc"
    with pytest.raises(ReportError, match="auto, quarto or pandoc"):
        choose_engine("word", sample.settings)  # type: ignore[arg-type]


def test_quartos_site_is_laid_out_as_pandocs(tmp_path: Path) -> None:
    sample = with_quarto(tmp_path, WORKING)
    site = assemble(sample.run_folder, engine="auto", **sample.arguments())
    for name in (
        "index.html",
        "02-plans.html",
        "site_libs/x.js",
        "audit/ehcp.share.latest.html",
        "figures/ehcp.share.series.svg",
        "ledger.sqlite",
    ):
        assert (site / name).is_file(), name
    assert (site / "send-jsna.pdf").read_text() == "typst"
    assert (site / "send-jsna.docx").read_text() == "docx"
    assert not (sample.run_folder / "report" / "_book").exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "sys.stderr.write('reading\\nERROR: no such theme\\n'); sys.exit(3)",
            r"exit status 3\): ERROR: no such theme",
        ),
        ("pass", "quarto made no page of index.qmd"),
        (WORKING + "\nif kind == 'typst': (out / 'Some-Title.pdf').unlink()", "quarto made 0 .pdf files"),
    ],
)
def test_quartos_exit_status_and_output_are_checked(tmp_path: Path, body: str, said: str) -> None:
    sample = with_quarto(tmp_path, body)
    with pytest.raises(ReportError, match=said):
        assemble(sample.run_folder, engine="quarto", **sample.arguments())


def test_quarto_that_is_asked_for_and_not_there_is_one_clear_error(tmp_path: Path) -> None:
    sample = build_sample(tmp_path)
    sample.settings = sample.settings.model_copy(update={"quarto": "no-such-quarto"})
    with pytest.raises(ReportError, match="use --engine pandoc"):
        assemble(sample.run_folder, engine="quarto", **sample.arguments())
