"""Fetching from publishers that are played by a server on loopback, in the shapes they document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import publisher_documents as docs
import pytest
from publishers.server import Asked, Plan, PublisherServer, html, reset, too_many, truncated

from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.schema import LandingFetch, Source
from send_jsna.errors import FetchError
from send_jsna.ingest import web
from send_jsna.ingest.retrieval_ledger import Retrieval
from send_jsna.ingest.source_files import Download, SourceFiles
from send_jsna.sources import fingertips, gias, nomis, ofsted, open_referral

AS_AT = date(2025, 11, 14)


@pytest.fixture
def publisher() -> Any:
    with PublisherServer() as server:
        yield server


def source(fetch: Mapping[str, Any], source_id: str = "synthetic") -> Source:
    return Source.model_validate(
        {
            "id": source_id,
            "publisher": "Synthetic",
            "title": "Synthetic",
            "licence": "OGL-UK-3.0",
            "as_at": AS_AT,
            "url": "https://www.example.org/",
            "fetch": dict(fetch),
        }
    )


def held(downloads: list[Download]) -> SourceFiles:
    """The downloads as a source's files, under the id the label map knows."""
    return SourceFiles(
        "synthetic",
        {download.resource: download.fetched.file for download in downloads},
        names={download.resource: download.name for download in downloads},
    )


def retrieval(download: Download) -> Retrieval:
    fetched = download.fetched
    return Retrieval(
        source_id="synthetic",
        resource=download.resource,
        url=fetched.url,
        final_url=fetched.final_url,
        sha256=fetched.sha256,
        size=fetched.size,
        media_type=fetched.media_type,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        retrieved_at=fetched.retrieved_at,
        licence="OGL-UK-3.0",
        accepted=True,
    )


def served(answer: Callable[[Asked], bytes | Plan], media_type: str = "text/csv") -> Callable[[Asked], Plan]:
    def app(asked: Asked) -> Plan:
        found = answer(asked)
        return found if isinstance(found, Plan) else Plan(200, {"Content-Type": media_type}, found)

    return app


# -- files and pages ---------------------------------------------------------------------------------------


def page(*links: str) -> bytes:
    items = "".join(f'<li><a class="x" href="{link}">File</a></li>' for link in links)
    return f"<!DOCTYPE html><html><body><ul>{items}</ul></body></html>".encode()


def test_a_file_is_fetched_once_and_not_moved_again(publisher: PublisherServer, tmp_path: Path) -> None:
    url = publisher.serve(
        "/lists/sn_may_2025.xlsx", docs.workbook({"x": [[1]]}), media_type="application/zip"
    )
    entry = source({"kind": "file", "urls": {"dfe-2025-05": url}})
    with publisher.client(tmp_path) as client:
        first = web.fetch(entry, client, {})
        again = web.fetch(entry, client, {"dfe-2025-05": retrieval(first[0])})
    assert (first[0].resource, first[0].name) == ("dfe-2025-05", "sn_may_2025.xlsx")
    assert again[0].fetched.not_modified
    assert publisher.bodies("/lists/sn_may_2025.xlsx")[1] == 0


def test_the_newest_file_of_a_page_is_fetched_whatever_its_month_is_called(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    names = ["as_at_31_July_2025.csv", "as_at_31_Jan_2026.csv", "as_at_30_Sep_2025.csv", "guide.pdf"]
    publisher.serve("/page", page(*(f"/media/1/{name}" for name in names)), media_type="text/html")
    for name in names:
        publisher.serve(f"/media/1/{name}", name.encode() + b",x\n")
    entry = source({"kind": "landing", "page": publisher.url("/page"), "links": {"main": r"as_at_.*\.csv$"}})
    with publisher.client(tmp_path) as client:
        found = web.fetch(entry, client, {})
        newest = web.fetch(
            source({**entry.fetch.model_dump(), "newest": 2}),  # type: ignore[union-attr]
            client,
            {},
        )
    assert [(item.name, item.published) for item in found] == [("as_at_31_Jan_2026.csv", date(2026, 1, 31))]
    assert [item.resource for item in newest] == ["as_at_31_Jan_2026.csv", "as_at_30_Sep_2025.csv"]


def test_a_page_may_lead_to_the_newest_page_with_the_files(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    series = page("/autism/april-2023-to-march-2024", "/autism/october-2024-to-september-2025", "/about")
    publisher.serve("/autism", series, media_type="text/html")
    publisher.serve(
        "/autism/october-2024-to-september-2025", page("/f/AutismStats_a.csv"), media_type="text/html"
    )
    publisher.serve("/f/AutismStats_a.csv", docs.autism(docs.autism_row()))
    links = {"page": r"/autism/[a-z]+-\d{4}-to-", "files": r"AutismStats_.*\.csv$"}
    entry = source({"kind": "landing", "page": publisher.url("/autism"), "links": links, "newest": 9})
    with publisher.client(tmp_path) as client:
        assert [item.name for item in web.fetch(entry, client, {})] == ["AutismStats_a.csv"]


@pytest.mark.parametrize(
    ("body", "media_type", "message"),
    [
        (page("/x/other.csv", "/about"), "text/html", r"no link matches .*among 'other.csv', 'about'"),
        (page("/x/file_a.csv", "/x/file_b.csv"), "text/html", r"2 links match .* 'file_a.csv' has no date"),
        (b"<!DOCTYPE html><html><body>Nothing</body></html>", "text/html", "the page has no links"),
        (b"a,b\n1,2\n", "text/csv", "text such as CSV"),
    ],
)
def test_a_page_without_the_link_says_what_it_does_link_to(
    publisher: PublisherServer, tmp_path: Path, body: bytes, media_type: str, message: str
) -> None:
    publisher.serve("/page", body, media_type=media_type)
    entry = source({"kind": "landing", "page": publisher.url("/page"), "links": {"main": r"file_.*\.csv$"}})
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match=message) as caught:
        web.fetch(entry, client, {})
    assert "/page" in caught.value.line()
    assert list(tmp_path.iterdir()) == []


def test_a_page_in_place_of_a_file_is_refused(publisher: PublisherServer, tmp_path: Path) -> None:
    url = publisher.serve("/data.csv", b"a,b\n1,2\n")
    publisher.always("/data.csv", html())
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match="HTML page"):
        web.fetch(source({"kind": "file", "urls": {"main": url}}), client, {})


# -- Fingertips ------------------------------------------------------------------------------------------

PINNED = {"93085": "smoking status at time of delivery", "90631": "good level of development"}


def fingertips_source(publisher: PublisherServer, **ask: Any) -> Source:
    asked = {"indicators": PINNED, "area_types": [["502", "6"], ["6", "15"]]} | ask
    return source({"kind": "fingertips", "base": publisher.url("/api"), "ask": asked})


def play_fingertips(
    publisher: PublisherServer,
    names: Mapping[str, str] | None = None,
    profiles: list[dict[str, Any]] | None = None,
) -> None:
    rows = [docs.fingertips_row(key, area) for key in PINNED for area in (docs.COVENTRY, docs.ENGLAND)]

    def answer(asked: Asked) -> bytes:
        if asked.path.endswith("/profiles"):
            held = [{"Id": 105, "Name": "Child and Maternal Health"}] if profiles is None else profiles
            return json.dumps(held).encode()
        if "indicator_metadata" in asked.path:
            return docs.fingertips_metadata(names)
        return docs.fingertips(rows)

    publisher.mount("/api", served(answer))


def test_indicators_are_confirmed_by_name_and_fetched_by_area_type(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    play_fingertips(publisher)
    with publisher.client(tmp_path) as client:
        found = fingertips.fetch(
            fingertips_source(
                publisher, profile="Child and Maternal Health", named=["^Infant mortality rate$"]
            ),
            client,
            {},
        )
        frame = fingertips.tidy(
            SourceFiles("ohid-fingertips", held(found).paths, names=held(found).names), docs.context()
        )
    assert [item.resource for item in found] == ["area-type-502", "area-type-6"]
    assert any("Smoking status" in note for note in found[0].notes)
    asked = publisher.requests[-1].asked.query
    assert asked["indicator_ids"] == "93085,90631,90801"
    assert (asked["child_area_type_id"], asked["parent_area_type_id"]) == ("6", "15")
    assert len(frame) == 4


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"93085": "Breastfeeding"}, "indicator 93085 is 'Breastfeeding'"),
        ({}, "there is no indicator 93085"),
    ],
)
def test_an_id_with_another_name_is_not_fetched(
    publisher: PublisherServer, tmp_path: Path, names: dict[str, str], message: str
) -> None:
    others = {key: name for key, name in docs.FINGERTIPS_NAMES.items() if key != "93085"}
    play_fingertips(publisher, others | names)
    with publisher.client(tmp_path) as client:
        found = fingertips.fetch(fingertips_source(publisher), client, {})
    assert publisher.requests[-1].asked.query["indicator_ids"] == "90631"
    assert any(note.startswith(f"not fetched: {message}") for note in found[0].notes)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            {"93085": "Breastfeeding", "90631": "Smoking"},
            "indicator 93085 is 'Breastfeeding'; expected a name",
        ),
        ({"1": "Other"}, "there is no indicator 93085"),
    ],
)
def test_where_no_id_has_its_name_the_fetch_stops(
    publisher: PublisherServer, tmp_path: Path, names: dict[str, str], message: str
) -> None:
    play_fingertips(publisher, names)
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match=message) as caught:
        fingertips.fetch(fingertips_source(publisher), client, {})
    assert "data/catalogue/sources.yaml" in caught.value.line()
    assert not [request for request in publisher.requests if "all_data" in request.asked.path]


@pytest.mark.parametrize("name", ["^Nothing$", "e"])
def test_a_name_that_is_not_found_once_is_not_fetched(
    publisher: PublisherServer, tmp_path: Path, name: str
) -> None:
    play_fingertips(publisher)
    with publisher.client(tmp_path) as client:
        found = fingertips.fetch(fingertips_source(publisher, named=[name], profile="105"), client, {})
    assert publisher.requests[-1].asked.query["indicator_ids"] == "93085,90631"
    assert any(note.startswith("not fetched: ") and repr(name) in note for note in found[0].notes)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"named": ["^Nothing$"], "profile": "105", "indicators": {}}, "0 indicators of profile 105 match"),
        ({"named": ["e"], "profile": "105", "indicators": {}}, "8 indicators of profile 105 match 'e'"),
        ({"named": ["x"], "profile": "Child Health"}, "0 of 1 profiles are called 'Child Health'"),
    ],
)
def test_a_name_must_be_found_once(
    publisher: PublisherServer, tmp_path: Path, ask: dict[str, Any], message: str
) -> None:
    play_fingertips(publisher)
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match=message):
        fingertips.fetch(fingertips_source(publisher, **ask), client, {})


def test_metadata_of_another_shape_is_refused(publisher: PublisherServer, tmp_path: Path) -> None:
    publisher.mount("/api", served(lambda _: b"Id,Title\n1,x\n"))
    with (
        publisher.client(tmp_path) as client,
        pytest.raises(FetchError, match="the metadata has the columns id, title"),
    ):
        fingertips.fetch(fingertips_source(publisher), client, {})


# -- Nomis -----------------------------------------------------------------------------------------------


def nomis_source(publisher: PublisherServer, size: int = 30) -> Source:
    ask = {
        "dataset": "NM_2002_1",
        "columns": list(docs.NOMIS[:5]),
        "params": {"geography": "E92000001, E08000026", "date": "2024"},
        "page": size,
    }
    return source({"kind": "nomis", "base": publisher.url("/api/v01"), "ask": ask}, docs.POPULATION)


def play_nomis(
    publisher: PublisherServer, change: Callable[[int, bytes], bytes] = lambda _, page: page
) -> None:
    lines = docs.nomis_lines()

    def answer(asked: Asked) -> bytes:
        begin = int(asked.query.get("RecordOffset", 0))
        return change(begin, docs.nomis_page(lines, begin, 30))

    publisher.mount("/api/v01/dataset/NM_2002_1.data.csv", served(answer))


def test_pages_are_asked_for_until_the_last_line(publisher: PublisherServer, tmp_path: Path) -> None:
    play_nomis(publisher)
    with publisher.client(tmp_path) as client:
        found = nomis.fetch(nomis_source(publisher), client, {})
        frame = nomis.tidy(docs.files(docs.POPULATION, **dict(held(found).paths)), docs.context())
    assert [item.resource for item in found] == ["from-0000000", "from-0000030", "from-0000060"]
    assert len(frame) == 96
    first = publisher.requests[0].asked.query
    assert first["geography"] == "E92000001,E08000026"
    assert first["select"].endswith("RECORD_OFFSET,RECORD_COUNT")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda begin, page: docs.nomis_page(docs.nomis_lines(), 0, 30),
            "page from line 30 holds lines 0 to 29",
        ),
        (
            lambda begin, page: page.replace(b",81\n", b",90\n") if begin else page,
            "the number of lines changes: 81, 90",
        ),
        (lambda begin, page: page if not begin else page.split(b"\n")[0] + b"\n", "the answer has no lines"),
        (lambda begin, page: b"", "the answer is empty"),
        (lambda begin, page: page.replace(b"C_AGE_NAME", b"AGE"), "lacks the column C_AGE_NAME"),
        (lambda begin, page: page.replace(b",0,81\n", b",,81\n"), "line 2 has no place in the answer"),
    ],
)
def test_pages_that_overlap_stop_short_or_change_are_refused(
    publisher: PublisherServer, tmp_path: Path, change: Callable[[int, bytes], bytes], message: str
) -> None:
    play_nomis(publisher, change)
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match=message):
        nomis.fetch(nomis_source(publisher), client, {})
    assert list(tmp_path.iterdir()) == []


# -- GIAS and Ofsted -------------------------------------------------------------------------------------


def gias_source(publisher: PublisherServer) -> Source:
    return source(
        {
            "kind": "gias",
            "base": publisher.url("/public/edubasealldata") + "{date}.csv",
            "ask": {"days_back": "7"},
        }
    )


def test_the_newest_day_that_is_there_is_fetched(publisher: PublisherServer, tmp_path: Path) -> None:
    publisher.serve(
        "/public/edubasealldata20251114.csv", docs.records(docs.GIAS, [docs.gias_school(1)], "cp1252")
    )
    with publisher.client(tmp_path) as client:
        found = gias.fetch(gias_source(publisher), client, {}, today=date(2025, 11, 16))
        frame = gias.tidy(SourceFiles("dfe-gias", held(found).paths, names=held(found).names), docs.context())
    assert (found[0].name, found[0].published) == ("edubasealldata20251114.csv", AS_AT)
    assert set(frame["period"]) == {"November 2025"}


def test_no_file_of_the_last_week_is_an_error_and_so_is_any_other_fault(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    with publisher.client(tmp_path) as client:
        with pytest.raises(FetchError, match="there is no file of 16 November 2025 or of the 7 days before"):
            gias.fetch(gias_source(publisher), client, {}, today=date(2025, 11, 16))
        assert len(publisher.requests) == 8
        publisher.always("/public/edubasealldata20251116.csv", too_many())
        with pytest.raises(FetchError) as caught:
            gias.fetch(gias_source(publisher), client, {}, today=date(2025, 11, 16))
    assert caught.value.status == 429


def test_the_newest_inspections_are_found_from_their_page(publisher: PublisherServer, tmp_path: Path) -> None:
    stem = "Management_information_-_state-funded_schools_-_latest_inspections_as_at_"
    links = [f"/media/{number}/{stem}{day}.csv" for number, day in enumerate(("31_July_2025", "31_Jan_2026"))]
    publisher.serve("/landing", page(*links, "/media/9/notes.pdf"), media_type="text/html")
    for link in links:
        publisher.serve(link, docs.records(docs.OFSTED, [docs.ofsted_school(1, "2")], "cp1252"))
    entry = source({"kind": "ofsted", "base": publisher.url("/landing")})
    with publisher.client(tmp_path) as client:
        found = ofsted.fetch(entry, client, {})
        files = SourceFiles("ofsted-inspections", held(found).paths, names=held(found).names)
        frame = ofsted.tidy(files, docs.context())
    assert found[0].published == date(2026, 1, 31)
    assert set(frame["period"]) == {"January 2026 (month)"}


def test_a_download_that_breaks_off_is_taken_up_and_a_cut_one_refused(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    path = "/public/edubasealldata20251114.csv"
    body = docs.records(docs.GIAS, [docs.gias_school(number) for number in range(500)], "cp1252")
    publisher.serve(path, body)
    publisher.fault(path, reset(after=2_000))
    with publisher.client(tmp_path) as client:
        found = gias.fetch(gias_source(publisher), client, {}, today=AS_AT)
        assert found[0].fetched.file.read_bytes() == body
    publisher.serve(path, body, headers={"Content-Length": str(len(body))})
    publisher.always(path, truncated(1_000))
    with publisher.client(tmp_path) as client, pytest.raises(FetchError):
        gias.fetch(gias_source(publisher), client, {}, today=AS_AT)


# -- Open Referral UK ------------------------------------------------------------------------------------


def oruk_source(publisher: PublisherServer, **ask: Any) -> Source:
    return source(
        {"kind": "oruk", "base": publisher.url("/oruk"), "ask": {"per_page": "2"} | ask},
        "open-referral-services",
    )


def play_oruk(
    publisher: PublisherServer,
    services: list[dict[str, Any]],
    change: Callable[[int, dict[str, Any]], Any] = lambda _, page: page,
    full: Callable[[dict[str, Any]], Any] = lambda service: service,
) -> None:
    def answer(asked: Asked) -> bytes:
        name = asked.path.removeprefix("/oruk/services").strip("/")
        if name:
            return json.dumps(full(next(item for item in services if item["id"] == name))).encode()
        number = int(asked.query["page"])
        listed = [{key: item[key] for key in ("id", "name", "status")} for item in services]
        return json.dumps(change(number, docs.services_page(listed, number, 2))).encode()

    publisher.mount("/oruk/services", served(answer, "application/json"))


def test_a_feed_is_put_together_from_its_pages_without_contacts(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    texts = {"description": "Ask Ann Persona, ann@example.org", "url": "https://example.org/persona"}
    play_oruk(publisher, [docs.service(number, **texts) for number in range(1, 6)])
    entry = oruk_source(publisher)
    with publisher.client(tmp_path) as client:
        found = open_referral.fetch(entry, client, {})
        content = found[0].fetched.file.read_bytes()
        again = open_referral.fetch(entry, client, {"main": retrieval(found[0])})
        files = SourceFiles("open-referral-services", held(found).paths)
        frame = open_referral.tidy(files, docs.context())
    kept = json.loads(content)
    assert (kept["total_items"], kept["total_pages"], kept["last_page"]) == (5, 1, True)
    assert b"Persona" not in content
    assert b"example.org/" not in content.replace(b"statistics.data.gov.uk", b"")
    assert b"@" not in content
    assert again[0].fetched.not_modified
    assert len(frame) == 5


def moved(number: int, page: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**page, **changes} if number == 2 else page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n, page: moved(n, page, total_items=9), "the feed had 5 services on 3 pages, and has 9 on 3"),
        (lambda n, page: moved(n, page, page_number=1), "page 2 says it is page 1"),
        (lambda n, page: moved(n, page, contents=[], empty=True), "the feed stops after 2 services"),
        (lambda n, page: moved(n, page, last_page=True), "the feed stops after 4 services"),
        (lambda n, page: moved(n, page, contents=None), "the page has no contents"),
        (lambda n, page: moved(n, page, contents=[{"name": "x"}]), "the feed stops after 4 services"),
        (lambda n, page: {**page, "contents": [{"id": "same"}]}, "a service comes again on page 2"),
        (lambda n, page: [page], "the answer is no page of services"),
        (lambda n, page: {key: page[key] for key in page if key != "total_pages"}, "does not say how many"),
        (lambda n, page: {**page, "total_items": 99_999}, "the feed has 99,999 services"),
    ],
)
def test_a_feed_that_loops_changes_or_stops_short_is_refused(
    publisher: PublisherServer, tmp_path: Path, change: Callable[[int, dict[str, Any]], Any], message: str
) -> None:
    play_oruk(publisher, [docs.service(number) for number in range(1, 6)], change)
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match=message):
        open_referral.fetch(oruk_source(publisher, details="false"), client, {})
    assert list(tmp_path.iterdir()) == []


def test_a_service_in_full_must_be_the_one_asked_for(publisher: PublisherServer, tmp_path: Path) -> None:
    play_oruk(publisher, [docs.service(1)], full=lambda service: {**service, "id": "another"})
    with publisher.client(tmp_path) as client, pytest.raises(FetchError, match="another is given in full"):
        open_referral.fetch(oruk_source(publisher), client, {})


def test_a_service_that_is_wrong_costs_itself_alone(publisher: PublisherServer, tmp_path: Path) -> None:
    def without_an_id(number: int, page: dict[str, Any]) -> dict[str, Any]:
        others = page["contents"][1:]
        return page | {"contents": [{"name": "Jo Persona"}, *others]} if number == 2 else page

    services = [docs.service(number) for number in range(1, 6)]
    second = services[1]["id"]
    play_oruk(
        publisher,
        services,
        without_an_id,
        lambda service: service | {"id": "another"} if service["id"] == second else service,
    )
    with publisher.client(tmp_path) as client:
        (found,) = open_referral.fetch(oruk_source(publisher), client, {})
        kept = json.loads(found.fetched.file.read_bytes())
    assert [service["id"] for service in kept["contents"]] == [services[place]["id"] for place in (0, 3, 4)]
    assert found.notes[1:] == (
        "left out: for service 2 of the feed another is given in full",
        "left out: service 3 of the feed has no id",
    )


def test_of_files_that_belong_together_none_is_left_where_one_cannot_be_had(
    publisher: PublisherServer, tmp_path: Path
) -> None:
    first = publisher.serve("/a.csv", b"a\n1\n")
    entry = source({"kind": "file", "urls": {"main": first, "other": publisher.url("/gone.csv")}})
    with publisher.client(tmp_path) as client, pytest.raises(FetchError) as caught:
        web.fetch(entry, client, {})
    assert caught.value.status == 404
    assert list(tmp_path.iterdir()) == []


#: Sources of which no file was at hand: a page below theirs, and a file, as their declaration expects them.
NOT_SEEN = {
    "dfe-high-needs-places": ("", "High_needs_allocated_place_numbers_2025_to_2026.ods"),
    "dfe-dsg-allocations": ("", "DSG_2026_to_2027_allocations_tables.xlsx"),
    "nhse-community-statistics": ("march-2026", "Community-waiting-lists-March-2026.xlsx"),
    "nhse-mhsds-access": ("performance-march-2026", "MHSDS_Data_Mar_2026.csv"),
    "nhse-ld-health-checks": ("march-2026", "LDHC_March_2026.csv"),
}


@pytest.mark.parametrize("name", NOT_SEEN)
def test_a_source_that_was_not_seen_is_fetched_from_its_page_or_says_what_it_looked_for(
    publisher: PublisherServer, tmp_path: Path, name: str
) -> None:
    """The publishers' pages are played; that the real ones are so is unverified."""
    declared = load_catalogue(docs.ROOT / "data" / "catalogue").sources[name]
    assert isinstance(declared.fetch, LandingFetch)
    below, file = NOT_SEEN[name]
    path = urlsplit(declared.fetch.page).path
    here = publisher.serve(
        path, page(f"{path}/{below}" if below else f"/media/{file}"), media_type="text/html"
    )
    if below:
        publisher.serve(f"{path}/{below}", page(f"/media/{file}"), media_type="text/html")
    publisher.serve(f"/media/{file}", b"made,up\n1,2\n")
    played = declared.model_copy(update={"fetch": declared.fetch.model_copy(update={"page": here})})
    with publisher.client(tmp_path) as client:
        (found,) = web.fetch(played, client, {})
        assert found.name == file
        publisher.serve(
            f"{path}/{below}" if below else path, page("/media/notes.pdf"), media_type="text/html"
        )
        with pytest.raises(FetchError, match=r"notes\.pdf") as caught:
            web.fetch(played, client, {})
    assert len(caught.value.line().splitlines()) == 1
