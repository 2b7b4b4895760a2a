"""The gate: what changed between two releases of a file is said, with its remedy, and stops what it must.

The files are synthetic, in the columns of real ones.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from send_jsna.catalogue.areas import Areas
from send_jsna.catalogue.loading import load_catalogue
from send_jsna.catalogue.observations import COLUMNS
from send_jsna.catalogue.schema import Catalogue, Source
from send_jsna.editions import built, fetched
from send_jsna.errors import DataError, FetchError
from send_jsna.ingest import intake
from send_jsna.ingest.cell_text import Names
from send_jsna.ingest.change_checks import ChangeFinding, compare
from send_jsna.ingest.intake import Candidate, Intake
from send_jsna.ingest.mirror import Mirror
from send_jsna.ingest.profile import FileProfile, profile
from send_jsna.ingest.retrieval_ledger import Retrieval, listed
from send_jsna.ingest.source_files import SourceFiles
from send_jsna.sources import registry
from send_jsna.sources.context import Context

ROOT = Path(__file__).resolve().parents[3]
SOURCE = "dfe-absence-two-terms-pru"
AUTHORITIES = ("E08000026", "E08000025", "E08000027", "E08000028", "E08000029", "E08000030")

Row = dict[str, str]


def rows(
    years: Sequence[str] = ("202021", "202122", "202223"), areas: Sequence[str] = AUTHORITIES
) -> list[Row]:
    """Absence in the layout of Explore Education Statistics, of schools of two kinds."""
    made = []
    for year in years:
        for code in areas:
            for kind in ("Primary", "Special"):
                made.append(
                    {
                        "time_period": year,
                        "geographic_level": "Local authority",
                        "country_code": "E92000001",
                        "new_la_code": code,
                        "school_type": kind,
                        "sex": "Total",
                        "enrolments": str(1000 + len(made)),
                        "sess_overall_percent": f"{5 + len(made) / 10:.5f}",
                    }
                )
    return made


def write(path: Path, made: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    return path


def changed(made: list[Row], **cells: Callable[[Row], str]) -> list[Row]:
    return [row | {name: make(row) for name, make in cells.items()} for row in made]


def renamed(made: list[Row], old: str, new: str) -> list[Row]:
    return [{new if name == old else name: cell for name, cell in row.items()} for row in made]


@pytest.fixture(scope="module")
def areas() -> Areas:
    return Areas(ROOT / "data" / "areas")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data" / "catalogue")


@pytest.fixture
def gate(tmp_path: Path, areas: Areas) -> Callable[[list[Row], list[Row]], list[ChangeFinding]]:
    """What the gate finds between an old release and a new one."""

    def found(old: list[Row], new: list[Row]) -> list[ChangeFinding]:
        files = write(tmp_path / "new.csv", new), write(tmp_path / "old.csv", old)
        newer, older = (profile(path, where=f"{SOURCE}, {path.stem}") for path in files)
        return compare(newer, older, areas, files=files)

    return found


Gate = Callable[[list[Row], list[Row]], list[ChangeFinding]]


def told(found: list[ChangeFinding]) -> set[str]:
    for item in found:
        assert item.sentence and item.remedy
        assert "\n" not in item.sentence + item.remedy
    return {item.check for item in found}


def of(found: list[ChangeFinding], check: str) -> ChangeFinding:
    """The only finding of a check."""
    (item,) = [each for each in found if each.check == check]
    return item


class TestRelease:
    def test_the_same_rows_in_another_order_trip_nothing(self, gate: Gate) -> None:
        assert gate(rows(), rows()[::-1]) == []

    def test_a_further_year_alone_trips_nothing(self, gate: Gate) -> None:
        assert gate(rows(), rows(("202021", "202122", "202223", "202324"))) == []
        assert gate(rows(("202223",)), rows(("202223", "202324"))) == []

    def test_other_figures_trip_nothing(self, gate: Gate) -> None:
        assert gate(rows(), changed(rows(), enrolments=lambda row: row["enrolments"][::-1])) == []

    def test_symbols_in_the_place_of_numbers_trip_nothing(self, gate: Gate) -> None:
        new = rows()
        for row in new[::3]:
            row["sess_overall_percent"] = "c"
        assert gate(rows(), new) == []

    @pytest.mark.parametrize(("kept", "trips"), [(31, False), (30, True)])
    def test_rows_may_change_by_fifteen_in_a_hundred(self, gate: Gate, kept: int, trips: bool) -> None:
        old = rows()
        assert len(old) == 36
        found = gate(old, [*old[:kept]])
        assert ("rows" in told(found)) == trips
        if trips:
            assert of(found, "rows").sentence == (
                "it has 30 rows for the periods of the last good snapshot, which had 36"
            )
            assert of(found, "rows").stops

    def test_rows_that_come_twice_trip(self, gate: Gate) -> None:
        assert "rows" in told(gate(rows(), rows() * 2))

    @pytest.mark.parametrize(("digits", "trips"), [(16, False), (40, True)])
    def test_size_may_change_by_a_quarter_for_as_many_rows(
        self, gate: Gate, digits: int, trips: bool
    ) -> None:
        found = gate(rows(), changed(rows(), enrolments=lambda row: row["enrolments"].ljust(digits, "0")))
        assert ("size" in told(found)) == trips
        if trips:
            assert "cut short" in of(found, "size").remedy

    def test_a_file_without_rows_is_compared_by_size(self, areas: Areas) -> None:
        """A workbook: its rows are not counted."""
        assert told(compare(FileProfile(size=700), FileProfile(size=1000), areas)) == {"size"}
        assert compare(FileProfile(size=800), FileProfile(size=1000), areas) == []

    def test_an_empty_result_is_no_figure(self, tmp_path: Path, areas: Areas) -> None:
        path = tmp_path / "empty.csv"
        path.write_text(",".join(rows()[0]) + "\n", encoding="utf-8")
        found = compare(profile(path, where=SOURCE), None, areas)
        assert told(found) == {"empty"}
        assert found[0].stops
        old = profile(write(tmp_path / "old.csv", rows()), where=SOURCE)
        assert told(compare(profile(path, where=SOURCE), old, areas)) == {"empty"}


class TestColumns:
    def test_a_further_column_is_said_and_does_not_stop(self, gate: Gate) -> None:
        found = gate(rows(), changed(rows(), reason=lambda row: "x"))
        assert told(found) == {"column_added"}
        assert not found[0].stops
        assert found[0].sentence == "it has 1 new column"

    def test_a_column_that_is_gone_stops(self, gate: Gate) -> None:
        found = gate(rows(), [{k: v for k, v in row.items() if k != "enrolments"} for row in rows()])
        item = of(found, "column_removed")
        assert item.stops
        assert item.sentence == "the column 'enrolments' is gone"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("sess_overall_percent", "sess_overall_pct"),
            ("school_type", "education_phase"),
            ("enrolments", "headcount"),
        ],
    )
    def test_a_column_renamed_says_what_to_declare(self, gate: Gate, old: str, new: str) -> None:
        found = gate(rows(), renamed(rows(), old, new))
        assert told(found) == {"column_renamed"}
        item = found[0]
        assert item.stops
        assert item.sentence.startswith(f"the column {old!r} is gone and {new!r} is new: it looks renamed")
        assert "rows that both files hold" in item.sentence
        assert f"`{old}: {new}` under columns: of the source" in item.remedy

    @pytest.mark.parametrize(
        "new",
        ["Sess_Overall_Percent", "SESS_OVERALL_PERCENT", "sess overall percent", "sessoverall__percent"],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_another_spelling_is_a_rename_even_where_no_row_is_common(
        self, gate: Gate, new: str, turned: bool
    ) -> None:
        sides = [rows(("202122",)), renamed(rows(("202223",)), "sess_overall_percent", new)]
        old = "sess_overall_percent"
        if turned:
            sides, old, new = [sides[1], sides[0]], new, old
            sides = [changed(sides[0], time_period=lambda row: "202021"), sides[1]]
        (item,) = gate(*sides)
        assert (item.check, item.stops) == ("column_renamed", True)
        assert "another spelling" in item.sentence
        assert f"`{old}: {new}`" in item.remedy

    def test_another_spelling_with_other_figures_is_no_rename(self, gate: Gate) -> None:
        """Such as shares that were percentages and are proportions now."""
        new = changed(rows(), sess_overall_percent=lambda row: f"{float(row['sess_overall_percent']) / 100}")
        found = gate(rows(), renamed(new, "sess_overall_percent", "Sess_overall_percent"))
        item = of(found, "column_removed")
        assert "its cells are others" in item.sentence
        assert "under columns:" not in item.remedy

    @pytest.mark.parametrize("name", ["sess_overall_pct", "sess_overall_percent_exact", "enrolments_2"])
    def test_a_like_name_or_place_with_other_figures_is_no_rename(self, gate: Gate, name: str) -> None:
        for old in ("sess_overall_percent", "enrolments"):
            new = renamed(
                changed(rows(), **{old: lambda row: f"{3 * float(row['enrolments']) % 97}"}), old, name
            )
            assert told(gate(rows(), new)) == {"column_removed", "column_added"}

    def test_the_same_figures_under_two_new_names_are_no_rename(self, gate: Gate) -> None:
        new = changed(rows(), headcount=lambda row: row["enrolments"], roll=lambda row: row["enrolments"])
        new = [{key: cell for key, cell in row.items() if key != "enrolments"} for row in new]
        assert told(gate(rows(), new)) == {"column_removed", "column_added"}

    def test_a_breakdown_with_the_same_words_in_other_rows_is_no_rename(self, gate: Gate) -> None:
        old = changed(rows(), is_coastal=lambda row: "yes" if row["new_la_code"] < "E08000028" else "no")
        new = changed(rows(), is_rural=lambda row: "no" if row["new_la_code"] < "E08000028" else "yes")
        assert told(gate(old, new)) == {"column_removed", "column_added"}

    def test_without_common_rows_nothing_is_suggested(self, gate: Gate) -> None:
        new = renamed(rows(("202223",)), "enrolments", "enrolment")
        assert told(gate(rows(("202122",)), new)) == {"column_removed", "column_added"}

    def test_a_rename_is_seen_though_some_figures_were_revised(self, gate: Gate) -> None:
        new = rows()
        new[0]["enrolments"] = "999999"
        found = gate(rows(), renamed(new, "enrolments", "pupils"))
        assert "35 of 36 rows" in of(found, "column_renamed").sentence

    def test_agreement_that_ends_before_the_newest_period_is_no_rename(self, gate: Gate) -> None:
        """What a column means may change with a release; the older periods are then as they were."""
        years = tuple(f"20{year:02}{year + 1:02}" for year in range(1, 26))
        new = changed(
            rows(years, AUTHORITIES[:3]),
            enrolments=lambda row: "1" if row["time_period"] == years[-1] else row["enrolments"],
        )
        found = gate(rows(years, AUTHORITIES[:3]), renamed(new, "enrolments", "enrolments_all"))
        assert "column_renamed" not in told(found)

    @pytest.mark.parametrize("whole", ["enrolments", "sess_overall_percent"])
    @pytest.mark.parametrize("count", [2, 3])
    def test_a_split_is_called_one_and_a_merger_one(self, gate: Gate, whole: str, count: int) -> None:
        """Counts and percentages; parts that are withheld count nothing."""
        old = rows()
        new = []
        for place, row in enumerate(old):
            total = float(row[whole])
            shares = [total * part / 10 for part in ((3, 7), (2, 3, 5))[count - 2]]
            if whole == "enrolments":
                shares = [round(share) for share in shares[:-1]]
                shares = [*shares, int(total) - sum(shares)]
            else:
                shares = [round(share, 5) for share in shares]
            cells = [str(share) for share in shares]
            if place == 5 and whole == "enrolments":
                cells = [str(int(total)), *["c"] * (count - 1)]
            parts = {f"part_{number}": cell for number, cell in enumerate(cells)}
            new.append({key: cell for key, cell in row.items() if key != whole} | parts)
        found = gate(old, new)
        item = of(found, "column_split")
        assert item.stops
        assert f"{whole!r} is gone and was split" in item.sentence
        assert all(f"'part_{number}'" in item.sentence for number in range(count))
        assert "do not name" in item.remedy and "column_renamed" not in told(found)
        back = of(gate(new, old), "column_merged")
        assert repr(whole) in back.sentence and "merged" in back.sentence

    def test_a_part_that_begins_after_the_common_rows_makes_a_rename_a_split(self, gate: Gate) -> None:
        """As special academies and free schools of 2026 are: together in every year but the newest."""
        old = rows(("202021", "202122"))
        new = []
        for row in rows():
            total, is_new = int(row["enrolments"]), row["time_period"] == "202223"
            parts = {
                "academy": str(total * 2 // 3 if is_new else total),
                "free": str(total - total * 2 // 3) if is_new else "x",
            }
            new.append({key: cell for key, cell in row.items() if key != "enrolments"} | parts)
        found = gate(old, new)
        item = of(found, "column_split")
        assert "looks split into 'academy' and 'free'" in item.sentence
        assert "column_renamed" not in told(found)
        old_again = rows(("202021", "202122", "202223", "202324"))
        assert "merged" in of(gate(new, old_again), "column_merged").sentence

    def test_a_number_in_place_of_words_stops(self, gate: Gate) -> None:
        found = gate(rows(), changed(rows(), school_type=lambda row: row["enrolments"]))
        item = of(found, "column_retyped")
        assert item.stops
        assert item.sentence == "the column 'school_type' held words and now holds numbers"

    def test_words_in_place_of_a_number_stop(self, gate: Gate) -> None:
        found = gate(rows(), changed(rows(), sess_overall_percent=lambda row: "about " + row["enrolments"]))
        assert of(found, "column_retyped").sentence.endswith("held numbers and now holds words")


class TestCategories:
    def test_a_new_one_stops(self, gate: Gate) -> None:
        new = rows()
        new[3]["school_type"] = "Pupil referral unit"
        found = gate(rows(), new)
        assert told(found) == {"category_new"}
        assert found[0].sentence == "the column 'school_type' has 1 new value"
        assert "publisher_names.csv" in found[0].remedy

    def test_one_that_was_renamed_is_told_twice(self, gate: Gate) -> None:
        found = gate(
            rows(), changed(rows(), school_type=lambda row: row["school_type"].replace("Special", "SEN"))
        )
        assert told(found) == {"category_new", "category_gone"}
        assert (
            of(found, "category_gone").sentence
            == "the column 'school_type' no longer has the value 'Special'"
        )

    def test_overlapping_breakdowns_show_as_a_category(self, gate: Gate) -> None:
        """A total beside its parts, in a column that had the parts alone."""
        more = changed(rows()[::2], school_type=lambda row: "Total")
        assert {"category_new", "rows"} <= told(gate(rows(), [*rows(), *more]))


class TestPeriods:
    def test_an_older_release_stops(self, gate: Gate) -> None:
        found = gate(rows(), rows(("202021", "202122")))
        item = of(found, "period_backwards")
        assert item.stops
        assert item.sentence.startswith(
            "the newest period begins 2021-09-01, in the last good snapshot 2022-"
        )

    def test_a_period_that_is_gone_stops(self, gate: Gate) -> None:
        found = gate(rows(), rows(("202122", "202223", "202324")))
        assert told(found) == {"period_gone"}
        assert "202021" in found[0].sentence

    def test_the_next_year_in_place_of_this_is_what_a_yearly_file_does(self, gate: Gate) -> None:
        assert gate(rows(("202223",)), rows(("202324",))) == []


class TestAreas:
    def test_a_code_nobody_knows_stops_even_the_first_time(self, tmp_path: Path, areas: Areas) -> None:
        path = write(tmp_path / "new.csv", rows(areas=(*AUTHORITIES, "E06000099")))
        found = compare(profile(path, where=SOURCE), None, areas)
        assert told(found) == {"area_unknown"}
        assert found[0].stops
        assert "E06000099" in found[0].sentence
        assert "recodings.csv" in found[0].remedy

    @pytest.mark.parametrize(
        ("before", "after"),
        [("E10000027", "E06000066"), ("E10000023", "E06000065"), ("E08000016", "E08000038")],
    )
    def test_a_new_code_of_the_same_territory_trips_nothing(
        self, gate: Gate, before: str, after: str
    ) -> None:
        """Somerset, North Yorkshire, and Barnsley's boundary change: declared, and so one area."""
        assert gate(rows(areas=(*AUTHORITIES, before)), rows(areas=(*AUTHORITIES, after))) == []

    def test_cumbria_gives_way_to_two_and_is_missed(self, gate: Gate) -> None:
        old = rows(areas=(*AUTHORITIES, "E10000006"))
        found = gate(old, rows(areas=(*AUTHORITIES, "E06000063", "E06000064")))
        assert told(found) == {"area_gone"}
        assert found[0].stops
        assert "E10000006" in found[0].sentence
        assert "split" in found[0].remedy

    def test_an_authority_without_figures_is_missed(self, gate: Gate) -> None:
        found = gate(rows(), rows(areas=AUTHORITIES[1:]))
        assert "E08000026" in of(found, "area_gone").sentence


def test_a_web_page_in_place_of_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page"
    for content in (b"<!doctype html><p>Moved", gzip.compress(b"\n <html>")):
        path.write_bytes(content)
        with pytest.raises(DataError, match="web page and not a table"):
            profile(path, where=SOURCE)


# -- the store --------------------------------------------------------------------------------------------


def observed(years: Sequence[str] = ("202122", "202223"), areas: Sequence[str] = AUTHORITIES) -> list[Row]:
    """Rows of the real columns, which become observations."""
    parts = ("sess_overall", "sess_authorised", "sess_unauthorised")
    pupils = ("enrolments_pa_10_exact", "enrolments_pa_50_exact")
    return [
        {
            "time_period": year,
            "time_identifier": "Autumn and spring term",
            "geographic_level": "Local authority",
            "country_code": "E92000001",
            "region_code": "E12000005",
            "new_la_code": code,
            "enrolments": "100",
            "sess_possible": "1000",
            **{name: str(10 + place) for place, name in enumerate((*parts, *pupils))},
            **{f"{name}_percent": f"{1 + place}.{number}" for place, name in enumerate((*parts, *pupils))},
        }
        for year in years
        for number, code in enumerate(areas, 1)
    ]


class Shelf:
    """A store, and a source that is obtained from it."""

    def __init__(self, folder: Path, areas: Areas, catalogue: Catalogue) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.store = Intake(folder / "snapshots", areas)
        self.source: Source = catalogue.sources[SOURCE]
        names = Names.read(ROOT / "data" / "catalogue" / "publisher_names.csv")
        self.context = Context(areas, "", None, names)
        self.asked = 0

    def tidy(self, files: SourceFiles) -> pd.DataFrame:
        return registry.tidy(self.source, files, self.context, self.catalogue)

    def obtain(self, made: Sequence[Row] | bytes, *, accept: bool = False) -> intake.IntakeResult:
        content = made if isinstance(made, bytes) else as_bytes(made)
        self.asked += 1
        path = self.folder / f"fetched-{self.asked}"
        path.write_bytes(content)
        retrieval = Retrieval(
            source_id=SOURCE,
            resource="main",
            url="https://example.org/file.csv",
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            retrieved_at=datetime(2026, 11, self.asked, tzinfo=UTC),
            name="4_absence_2term_pru.csv",
            accepted=False,
        )
        return self.store.obtain(self.source, [Candidate("main", path, retrieval)], self.tidy, accept=accept)

    def held(self) -> list[Retrieval]:
        return sorted(listed(self.store.folder, SOURCE), key=lambda item: item.retrieved_at)


def as_bytes(made: Sequence[Row]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(made[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(made)
    return buffer.getvalue().encode()


@pytest.fixture
def shelf(tmp_path: Path, areas: Areas, catalogue: Catalogue) -> Shelf:
    return Shelf(tmp_path, areas, catalogue)


class TestStore:
    def test_what_is_sound_is_taken(self, shelf: Shelf) -> None:
        got = shelf.obtain(observed())
        assert (got.outcome, got.sentences) == ("new", ())
        assert got.frame is not None and len(got.frame) == 60
        assert [item.accepted for item in shelf.held()] == [True]

    def test_a_second_identical_fetch_is_unchanged(self, shelf: Shelf) -> None:
        first = shelf.obtain(observed())
        again = shelf.obtain(observed())
        assert again.outcome == "unchanged"
        assert again.sha256 == first.sha256
        assert again.frame is not None and first.frame is not None
        assert again.frame.equals(first.frame)
        assert not (shelf.folder / "fetched-2").exists()

    def test_a_file_that_is_stopped_is_kept_and_the_last_good_used(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        fewer = observed(areas=AUTHORITIES[:3])
        got = shelf.obtain(fewer)
        assert got.outcome == "kept"
        assert got.sha256 == good.sha256
        assert got.frame is not None and good.frame is not None
        assert got.frame.equals(good.frame)
        assert any(
            sentence.startswith(f"{SOURCE}, 4_absence_2term_pru.csv: it has 6 rows for the periods")
            for sentence in got.sentences
        )
        assert [item.accepted for item in shelf.held()] == [True, False]
        stopped = shelf.held()[1]
        assert stopped.problems == got.sentences
        assert (shelf.store.folder / stopped.sha256).read_bytes() == as_bytes(fewer)
        assert (shelf.store.folder / good.sha256).read_bytes() == as_bytes(observed())

    def test_it_stays_in_use_while_the_stopped_file_keeps_coming(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        for _ in range(2):
            got = shelf.obtain(observed(areas=AUTHORITIES[:3]))
            assert (got.outcome, got.sha256) == ("kept", good.sha256)
        back = shelf.obtain(observed())
        assert (back.outcome, back.sha256) == ("unchanged", good.sha256)

    def test_a_person_may_accept_it(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        fewer = observed(areas=AUTHORITIES[:3])
        shelf.obtain(fewer)
        taken = shelf.obtain(fewer, accept=True)
        assert taken.outcome == "new"
        assert taken.sha256 == hashlib.sha256(as_bytes(fewer)).hexdigest()
        assert shelf.obtain(fewer).outcome == "unchanged"
        assert (shelf.store.folder / good.sha256).read_bytes() == as_bytes(observed())

    def test_what_was_kept_back_is_accepted_without_a_new_file(self, shelf: Shelf) -> None:
        shelf.obtain(observed())
        fewer = observed(areas=AUTHORITIES[:3])
        shelf.obtain(fewer)
        taken = shelf.store.obtain(shelf.source, [], shelf.tidy, accept=True)
        assert (taken.outcome, taken.sha256) == ("new", hashlib.sha256(as_bytes(fewer)).hexdigest())
        assert taken.frame is not None and len(taken.frame) == 30
        assert shelf.obtain(fewer).outcome == "unchanged"
        nothing_left = shelf.store.obtain(shelf.source, [], shelf.tidy, accept=True)
        assert (nothing_left.outcome, nothing_left.sha256) == ("unchanged", taken.sha256)

    def test_accepting_what_becomes_no_observations_keeps_the_last_good(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        shelf.obtain(changed(observed(), sess_overall_percent=lambda row: "many"))
        got = shelf.store.obtain(shelf.source, [], shelf.tidy, accept=True)
        assert (got.outcome, got.sha256) == ("kept", good.sha256)
        assert "is not a number" in got.sentences[0]
        assert shelf.obtain(observed()).outcome == "unchanged"

    def test_an_accepted_file_that_cannot_be_profiled_does_not_stop_the_next(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file a reader takes and the gate does not: the second one came to be refused for the first."""
        first = as_bytes(observed())
        bad = hashlib.sha256(first).hexdigest()

        def refusing(path: Path, *, where: str) -> FileProfile:
            if path.name == bad:
                raise DataError("no profile can be made", where=where)
            return profile(path, where=where)

        monkeypatch.setattr(intake, "profile", refusing)
        assert shelf.obtain(observed()).outcome == "refused"
        assert shelf.store.obtain(shelf.source, [], shelf.tidy, accept=True).outcome == "new"
        assert shelf.obtain(observed(("202122", "202223", "202324"))).outcome == "new"

    def test_even_a_person_cannot_accept_what_is_no_table(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        got = shelf.obtain(b"<!doctype html><p>Moved", accept=True)
        assert (got.outcome, got.sha256) == ("kept", good.sha256)
        assert "web page" in got.sentences[0]

    @pytest.mark.parametrize(
        ("damage", "says"),
        [
            (
                lambda made: renamed(made, "sess_overall_percent", "sess_overall_rate"),
                "looks renamed, its cells are equal",
            ),
            (lambda made: changed(made, time_period=lambda row: "201819"), "the newest period begins"),
            (lambda made: changed(made, new_la_code=lambda row: "E06000099"), "E06000099"),
            (lambda made: changed(made, sess_overall_percent=lambda row: "many"), "now holds words"),
            (lambda made: made[:1], "rows for the periods"),
        ],
    )
    def test_each_fault_names_the_source_and_a_remedy(
        self, shelf: Shelf, damage: Callable[[list[Row]], list[Row]], says: str
    ) -> None:
        shelf.obtain(observed())
        got = shelf.obtain(damage(observed()))
        assert got.outcome == "kept"
        (sentence,) = [each for each in got.sentences if says in each]
        assert sentence.startswith(SOURCE)
        assert "; " in sentence

    def test_without_a_good_one_it_is_refused(self, shelf: Shelf) -> None:
        got = shelf.obtain(changed(observed(), sess_overall_percent=lambda row: "many"))
        assert (got.outcome, got.frame, dict(got.retrievals)) == ("refused", None, {})
        assert "a cell is not a number" in got.sentences[0]
        assert "many" not in got.sentences[0]
        assert [item.accepted for item in shelf.held()] == [False]

    def test_a_column_declared_after_its_renaming_is_read(self, shelf: Shelf) -> None:
        """The remedy the gate names, followed."""
        first = shelf.obtain(observed())
        new = renamed(observed(), "sess_overall_percent", "sess_overall_rate")
        assert shelf.obtain(new).outcome == "kept"
        shelf.source = shelf.source.model_copy(
            update={"columns": {"sess_overall_percent": "sess_overall_rate"}}
        )
        got = shelf.obtain(new, accept=True)
        assert got.outcome == "new"
        assert got.frame is not None and first.frame is not None
        assert got.frame["value"].tolist() == first.frame["value"].tolist()

    def test_a_publisher_that_cannot_be_reached_leaves_the_last_good(self, shelf: Shelf) -> None:
        good = shelf.obtain(observed())
        got = shelf.store.fall_back(shelf.source, FetchError("no answer", where="host"), shelf.tidy)
        assert (got.outcome, got.sha256) == ("kept", good.sha256)
        assert "no answer" in got.sentences[0]


def test_what_a_reader_leaves_out_is_in_the_record_and_what_was_wrong_beside_the_figures(
    shelf: Shelf, tmp_path: Path
) -> None:
    from types import SimpleNamespace

    from send_jsna.runs.input_files import _source_warnings

    tidy = shelf.tidy

    def leaving_out(files: SourceFiles) -> pd.DataFrame:
        files.leave_out("service 2: an age is no number of years")
        files.leave_out("indicator 1 is not wanted", is_wrong=False)
        return tidy(files)

    shelf.tidy = leaving_out  # type: ignore[method-assign]
    said = ("service 2: an age is no number of years", "indicator 1 is not wanted")
    for outcome in ("new", "unchanged"):
        got = shelf.obtain(observed())
        assert (got.outcome, got.sentences, got.left_out) == (outcome, said, said[:1])
    (entry,) = fetched.summary([got])
    assert (entry["outcome"], entry["sentences"], entry["left_out"]) == ("held", list(said), [said[0]])
    source = SimpleNamespace(publisher="The publisher", title="The title")
    edition = SimpleNamespace(fetched=[entry], sources={SOURCE: source})
    frame = pd.DataFrame({"source_id": [SOURCE, "other"], "observation_id": ["a", "b"]})
    ((sentence, keys),) = _source_warnings(edition, frame)  # type: ignore[arg-type]
    assert said[0] in sentence and "The publisher, The title" in sentence
    assert keys == ["a"]


def test_a_file_that_is_missing_from_a_folder_is_absent(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "other.csv").write_text("a\n", encoding="utf-8")
    assert Mirror(tmp_path).find(catalogue.sources[SOURCE]) is None
    source = catalogue.sources["dfe-lait-2026-04"]
    (tmp_path / "lait_data_dictionary.csv").write_text("a\n", encoding="utf-8")
    assert Mirror(tmp_path).find(source) is None
    with pytest.raises(DataError, match=r"'main' of dfe-absence.* is missing.*jsna fetch dfe-absence"):
        SourceFiles(SOURCE, {}).path()


def test_files_of_several_folders_are_found_by_their_place_or_name_and_the_first_folder_counts(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    source = catalogue.sources["dfe-lait-2026-04"]
    further = source.model_copy(update={"file": "further/csc/table.csv", "companions": {}})
    for name in (
        "publisher/lait/bds_long_0.parquet",
        "publisher/lait/lait_data_dictionary.csv",
        "further/csc/table.csv",
        "further/geo/table.csv",
        "further/lait/bds_long_0.parquet",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    both = Mirror(tmp_path / "publisher", tmp_path / "further")
    found = both.find(source)
    assert found is not None
    assert {path.read_text(encoding="utf-8") for path in found.paths.values()} == {
        "publisher/lait/bds_long_0.parquet",
        "publisher/lait/lait_data_dictionary.csv",
    }
    placed = both.find(further)
    assert placed is not None and placed.path().read_text(encoding="utf-8") == "further/csc/table.csv"
    assert Mirror(tmp_path / "publisher").find(further) is None
    with pytest.raises(DataError, match=r"nowhere: there is no such folder"):
        Mirror(tmp_path / "publisher", tmp_path / "nowhere")


def test_england_twice_is_refused_with_names(catalogue: Catalogue) -> None:
    """Two rows for England, or two breakdowns that overlap: never the first of them, never the mean."""
    row = dict.fromkeys(COLUMNS, "") | {
        "indicator": "ehc_plan_pct",
        "area_code": "E92000001",
        "period": "2024/25",
        "source_id": "dfe-lait-2026-04",
        "source_label": "SEN_TotStat",
        "value": 5.3,
        "numerator": float("nan"),
        "denominator": float("nan"),
        "decimals": 1.0,
        "status": "final",
    }
    once = pd.DataFrame([row, row | {"phase": "primary"}])
    assert len(built.finish(once, catalogue, [])[0]) == 2
    for second in (5.3, 5.4):
        twice = pd.DataFrame([row, row | {"value": second, "source_id": "dfe-sen-phase-type"}])
        with pytest.raises(DataError, match="2 rows share keys") as caught:
            built.finish(twice, catalogue, [])
        line = caught.value.line()
        for name in ("ehc_plan_pct", "E92000001", "2024/25", "dfe-lait-2026-04"):
            assert name in line
        assert "publisher_names.csv" in line


def test_a_snapshot_whose_bytes_were_removed_is_not_held_and_comes_anew(tmp_path: Path) -> None:
    """What the integrity error tells people to do must work: remove the file, fetch it again."""
    from send_jsna.ingest import retrieval_ledger, snapshots

    assert retrieval_ledger.good(tmp_path, "s") == {}
    digest = snapshots.store(tmp_path, b"a,b\n1,2\n", {"title": "made up"})
    retrieval_ledger.record(
        tmp_path,
        retrieval_ledger.Retrieval(
            source_id="s",
            resource="main",
            url="",
            sha256=digest,
            size=8,
            retrieved_at="2026-11-25T10:00:00Z",
            accepted=True,
        ),
    )
    assert list(retrieval_ledger.good(tmp_path, "s")) == ["main"]
    (tmp_path / digest).unlink()
    assert retrieval_ledger.good(tmp_path, "s") == {}
