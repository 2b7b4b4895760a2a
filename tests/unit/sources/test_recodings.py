"""An area may be named by any of its ONS codes, wherever it is named. All figures are synthetic."""

from __future__ import annotations

from pathlib import Path

import publisher_documents as docs
import pytest
from council_files import BY_STEM, as_csv, cases, counts, put

from send_jsna import council
from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.council import survey
from send_jsna.editions import built
from send_jsna.errors import DataError
from send_jsna.settings import Settings
from send_jsna.sources import open_referral, registry
from send_jsna.sources.fetching import for_every_code

ROOT = Path(__file__).resolve().parents[3]
AREAS = Areas(ROOT / "data" / "areas")
CATALOGUE = load_catalogue(ROOT / "data" / "catalogue")

#: Both codes of Somerset, North Yorkshire, Barnsley, Sheffield and Buckinghamshire: the one used here first.
PAIRS = [
    ("E10000027", "E06000066"),
    ("E10000023", "E06000065"),
    ("E08000016", "E08000038"),
    ("E08000019", "E08000039"),
    ("E06000060", "E10000002"),
]
CODES = pytest.mark.parametrize(("here", "other"), PAIRS)


@CODES
@pytest.mark.parametrize("is_cases", [False, True])
def test_an_extract_is_of_the_area_under_either_code(
    tmp_path: Path, here: str, other: str, is_cases: bool
) -> None:
    rows = [row | {"area_code": other} for row in counts("ehc-register")]
    rows[0]["area_code"] = here
    if is_cases:
        rows = cases(BY_STEM["ehc-register"], rows)
    put(tmp_path, "ehc-register.csv", as_csv(rows))
    for asked in (here, other, ""):
        (frame,) = council.read_supplied(tmp_path, asked).values()
        assert set(frame["area_code"]) == {here}
    with pytest.raises(DataError, match=f"the row is of area {here}; expected E08000026"):
        council.read_supplied(tmp_path, "E08000026")


@CODES
def test_a_survey_is_of_the_area_under_either_code(tmp_path: Path, here: str, other: str) -> None:
    row = dict.fromkeys(council.COLUMNS, "") | {
        "period": "2024/25",
        "respondent": "parent_carer",
        "question_id": "q1",
        "question": "We were asked",
        "answer": "agree",
    }
    rows = [row | {"response_id": f"r{place}", "area_code": (here, other)[place % 2]} for place in range(20)]
    put(tmp_path, "survey-responses.csv", as_csv(rows))
    frame = council.read_supplied(tmp_path)["survey"]
    assert set(frame["indicator"]) <= set(survey.INDICATORS)
    assert set(frame["area_code"]) == {here}


@CODES
def test_settings_may_name_either_code_a_number_or_a_name(here: str, other: str) -> None:
    area = AREAS.get(here)
    for text in (here, other, area.name, area.dfe_number):
        context = built.make_context(text, Settings().neighbours, ROOT / "data")
        assert (context.subject, context.codes and context.codes[0]) == (here, here)


@pytest.mark.parametrize("source_id", ["ons-population-by-age", "ons-births"])
def test_every_code_of_every_area_is_asked_for(source_id: str) -> None:
    source = for_every_code(CATALOGUE.sources[source_id], AREAS)
    asked = getattr(source.fetch, "ask")["params"]["geography"].split(",")  # noqa: B009
    local = [area.code for area in AREAS if area.kind == "local_authority"]
    assert set(asked) >= {code for area in local for code in AREAS.codes_of(area)}
    assert len(asked) == len(set(asked))


def test_what_names_no_areas_is_asked_for_as_it_is_declared() -> None:
    for source in CATALOGUE.sources.values():
        if not source.id.startswith("ons-"):
            assert for_every_code(source, AREAS) == source


def population(tmp_path: Path, *areas: tuple[str, int]) -> tuple[dict[str, float], list[str]]:
    """Residents by area of a file that prints each code with its figures times a factor; 0 for none."""
    lines = []
    for code, factor in areas:
        lines += [
            [*line[:4], str(int(line[4]) * factor) if factor else ":"] for line in docs.nomis_lines(area=code)
        ]
    path = docs.write(tmp_path / "nm_2002_1-0.csv", docs.nomis_page(lines))
    files = docs.files(docs.POPULATION, path)
    frame = registry.tidy(CATALOGUE.sources[docs.POPULATION], files, docs.context(), CATALOGUE)
    assert not frame.duplicated(["area_code", "age", "sex", "period"]).any()
    whole = frame[(frame["age"] == "") & (frame["sex"] == "")]
    return whole.set_index("area_code")["value"].to_dict(), list(files.left_out)


@CODES
def test_a_value_printed_under_two_codes_counts_once(tmp_path: Path, here: str, other: str) -> None:
    assert population(tmp_path, (other, 1)) == ({here: 2000}, [])
    assert population(tmp_path, (here, 1), (other, 1)) == ({here: 2000}, [])
    assert population(tmp_path, (here, 0), (other, 1)) == ({here: 2000}, []), "the old code is left empty"
    assert population(tmp_path, (here, 1), (other, 0)) == ({here: 2000}, [])
    found, left_out = population(tmp_path, (other, 3), (here, 1), (docs.COVENTRY, 1))
    assert found == {here: 2000, docs.COVENTRY: 2000}
    assert len(left_out) == 1 and f"for {here} under two codes that differ" in left_out[0]


@CODES
def test_a_service_is_of_the_area_under_either_code(tmp_path: Path, here: str, other: str) -> None:
    uri = f"http://statistics.data.gov.uk/id/statistical-geography/{other}"
    content = docs.feed(docs.service(1, service_areas=[{"id": "a", "name": "There", "uri": uri}]))
    path = docs.write(tmp_path / "open-referral-services.json", content)
    frame = open_referral.tidy(docs.files("open-referral-services", path), docs.context(here))
    assert set(frame["area_code"]) == {here}
