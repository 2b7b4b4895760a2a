"""Areas are found by code, number and name, and comparators come from a versioned list."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from send_jsna.catalogue.areas import Areas, Comparators
from send_jsna.errors import CatalogueError, UnknownAreaError
from send_jsna.report import blocks

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "areas"
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def areas() -> Areas:
    return Areas(FOLDER)


@pytest.mark.parametrize("text", ["E08000026", "331", "Coventry", "coventry"])
def test_an_area_is_found_by_code_number_and_name(areas: Areas, text: str) -> None:
    assert areas.get(text).code == "E08000026"


def test_an_unknown_area_gets_a_suggestion(areas: Areas) -> None:
    with pytest.raises(UnknownAreaError, match="did you mean Coventry"):
        areas.get("Coventrry")
    with pytest.raises(UnknownAreaError, match=r"see data/areas/areas\.csv"):
        areas.get("")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hull", "Kingston upon Hull, City of"),
        ("Hull City Council", "Kingston upon Hull, City of"),
        ("Herefordshire", "Herefordshire, County of"),
        ("City of Bristol", "Bristol, City of"),
        ("bristol city council", "Bristol, City of"),
        ("Durham", "County Durham"),
        ("Durham County Council", "County Durham"),
        ("Telford & Wrekin", "Telford and Wrekin"),
        ("St Helens", "St. Helens"),
        ("Royal Borough of Kensington & Chelsea", "Kensington and Chelsea"),
        ("London Borough of Hackney", "Hackney"),
        ("City of London", "City of London"),
        ("London", "London"),
        ("Council of the Isles of Scilly", "Isles of Scilly"),
        ("Dorset", "Dorset"),
        ("e06000066", "Somerset"),
        (" 331 ", "Coventry"),
    ],
)
def test_an_area_is_found_by_its_short_and_official_names(areas: Areas, text: str, name: str) -> None:
    assert areas.get(text).name == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Kingston", ["Kingston upon Hull, City of", "Kingston upon Thames"]),
        ("Newcastle", ["Newcastle upon Tyne"]),
        ("Cheshire", ["Cheshire East", "Cheshire West and Chester"]),
        ("Westmoreland", ["Westmorland and Furness"]),
        ("Nottingham County Council", ["Nottingham", "Nottinghamshire"]),
        ("London Borough", ["London", "City of London"]),
        ("City of Lincoln", ["Lincolnshire"]),
        ("Cumbria", ["Cumberland", "Westmorland and Furness", "2023-04-01"]),
        ("E10000021", ["North Northamptonshire", "West Northamptonshire"]),
        ("Bournemouth", ["Bournemouth Christchurch and Poole"]),
    ],
)
def test_a_name_that_is_not_one_authoritys_is_refused_with_those_it_may_mean(
    areas: Areas, text: str, names: list[str]
) -> None:
    with pytest.raises(UnknownAreaError) as caught:
        areas.get(text)
    for name in names:
        assert name in caught.value.remedy


def test_every_authority_is_found_by_each_way_to_name_it(areas: Areas) -> None:
    for area in areas:
        if area.kind != "local_authority":
            continue
        ways = [area.name, area.name.upper(), f"{area.name} Council", area.name.replace(" and ", " & ")]
        for text in (*ways, area.dfe_number, *areas.codes_of(area.code), area.code.lower()):
            if text != "City of London Council":  # London may be meant
                assert areas.get(text) == area, text


def test_every_recoded_area_is_found_under_all_its_codes(areas: Areas) -> None:
    recoded = {old: now for old, now in areas.recodings.items() if now}
    assert {"E06000065", "E06000066", "E08000038", "E08000039"} <= set(recoded)
    for old, now in recoded.items():
        assert areas.get(old).code == areas.in_use(old) == areas.in_use(now) == now
        assert set(areas.codes_of(old)) == set(areas.codes_of(now)) >= {old, now}
    assert areas.in_use("E08000026") == "E08000026"
    assert areas.in_use("E10000006") == "E10000006", "a county that was split is none of its successors"


def test_declared_data_may_name_an_area_by_any_of_its_codes(tmp_path: Path) -> None:
    from send_jsna.catalogue.yaml_file import Declared

    (tmp_path / "data" / "claims").mkdir(parents=True)
    (tmp_path / "data" / "areas").symlink_to(FOLDER)
    path = tmp_path / "data" / "claims" / "document.yaml"
    path.write_text("area: E06000066\nchecks: [{of: {area: [E08000039, E08000026, E10000006]}}]\n")
    assert Declared(path).data == {
        "area": "E10000027",
        "checks": [{"of": {"area": ["E08000019", "E08000026", "E10000006"]}}],
    }


def test_an_authority_newer_than_the_list_has_no_neighbours_and_its_region(tmp_path: Path) -> None:
    for name in ("areas.csv", "neighbours-dfe-2025-05.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    with (tmp_path / "areas.csv").open("a", encoding="utf-8") as file:
        file.write(
            "E06000067,East Surrey,local_authority,961,E12000008\nE06000068,Nowhere,local_authority,962,\n"
        )
    areas = Areas(tmp_path)
    found = areas.comparators(areas.get("East Surrey"), "dfe-2025-05")
    assert (found.region.name, found.country.name, found.neighbours) == ("South East", "England", ())
    assert Comparators.from_dict(found.as_dict()) == found
    assert found.words == "its region and England"
    context = SimpleNamespace(area=asdict(areas.get("East Surrey")), comparators=found.as_dict())
    said = blocks.neighbours(context)  # type: ignore[arg-type]
    assert "East Surrey is compared with the South East and England." in said
    assert "no statistical neighbours yet" in said and "zero" not in said
    with pytest.raises(CatalogueError, match="the region of Nowhere is empty"):
        areas.comparators(areas.get("Nowhere"), "dfe-2025-05")


def test_every_local_authority_has_a_number_and_a_region(areas: Areas) -> None:
    local = [area for area in areas if area.kind == "local_authority"]
    assert len(local) == 153
    assert len({area.dfe_number for area in local}) == 153
    regions = {area.code for area in areas if area.kind == "region"}
    assert len(regions) == 9
    assert {area.region_code for area in local} == regions


CURRENT = "Derby, Southampton, Peterborough, Bolton, Wolverhampton, Hillingdon, Rochdale, Walsall, Luton"
EARLIER = "Derby, Bolton, Peterborough, Leeds, Sheffield, Portsmouth, Medway, Walsall, Tameside, Southampton"


@pytest.mark.parametrize(
    ("version", "expected"), [("dfe-2025-05", f"{CURRENT}, Stoke-on-Trent"), ("dfe-2021-04", EARLIER)]
)
def test_the_neighbours_of_coventry_by_version(areas: Areas, version: str, expected: str) -> None:
    comparators = areas.comparators(areas.get("331"), version)
    assert ", ".join(area.name for area in comparators.neighbours) == expected
    assert (comparators.region.name, comparators.country.name) == ("West Midlands", "England")
    assert comparators.codes[:2] == ["E12000005", "E92000001"]
    assert Comparators.from_dict(comparators.as_dict()) == comparators


def test_every_local_authority_has_ten_neighbours_in_the_current_list(areas: Areas) -> None:
    for area in areas:
        if area.kind == "local_authority":
            neighbours = areas.comparators(area, "dfe-2025-05").neighbours
            assert len(neighbours) == 10
            assert area not in neighbours


def test_an_unknown_version_names_those_there_are(areas: Areas) -> None:
    with pytest.raises(CatalogueError, match="one of dfe-2021-04, dfe-2025-05"):
        areas.comparators(areas.get("331"), "dfe-1999")


def test_a_region_has_no_neighbours(areas: Areas) -> None:
    with pytest.raises(UnknownAreaError, match=r"West Midlands .* has no statistical neighbours"):
        areas.comparators(areas.get("E12000005"), "dfe-2025-05")


def test_an_area_that_stands_twice_is_refused_by_line(tmp_path: Path) -> None:
    lines = "code,name,kind,dfe_number,region_code\nE1,One,country,,\nE1,Again,country,,\n"
    (tmp_path / "areas.csv").write_text(lines, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"line 3: area E1 is duplicated"):
        Areas(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"code;name\n", "columns are code;name"), (b"code,n\xe9me\n", "not readable")],
)
def test_a_malformed_area_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "areas.csv").write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        Areas(tmp_path)


@pytest.mark.shared
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the maintainers' publisher files are not beside the checkout"
)
def test_the_committed_lists_are_what_the_publishers_files_give() -> None:
    from send_jsna.sources.area_lists import build

    for name, content in build(SHARED).items():
        assert (FOLDER / name).read_bytes() == content, name


@pytest.mark.shared
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the maintainers' publisher files are not beside the checkout"
)
def test_the_committed_nhs_bodies_are_what_the_publishers_files_give() -> None:
    from send_jsna.sources.nhs_bodies import build

    for name, content in build(SHARED, Areas(FOLDER)).items():
        assert (FOLDER / name).read_bytes() == content, name


def test_the_nhs_bodies_of_an_area_are_found_by_their_role() -> None:
    areas = Areas(FOLDER)
    coventry, newer = areas.get("Coventry"), areas.get("Westmorland and Furness")
    assert [body.code for body in areas.bodies(coventry, "icb")] == ["QWU"]
    assert [body.name for body in areas.bodies(coventry, "trust")] == [
        "Coventry and Warwickshire Partnership NHS Trust"
    ]
    assert areas.bodies(newer, "icb") == ()


def test_a_recoded_area_keeps_its_series_and_a_split_county_has_no_successor() -> None:
    areas = Areas(FOLDER)
    assert areas.codes_of("E06000060") == ("E06000060", "E10000002"), "Buckinghamshire, the same territory"
    assert areas.recodings["E10000006"] == "", "Cumbria's figures belong to neither of its successors"
    assert areas.codes_of("E06000064") == ("E06000064",)
