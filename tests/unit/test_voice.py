"""Voice: the published findings, and what is shown of survey responses."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_jsna import council, voice
from send_jsna.errors import CatalogueError, DataError
from send_jsna.observations import parse_dataset

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
FINDINGS = ROOT / "data" / "council" / "voice-findings.yaml"


# -- published findings -----------------------------------------------------------------------------------


def test_the_committed_findings_are_the_data_set_of_the_edition() -> None:
    edition = ROOT / "data" / "editions" / "2025" / "voice_findings.csv"
    assert voice.build_dataset(ROOT / "data") == edition.read_bytes()


def test_findings_stand_by_theme_with_their_speaker_and_place() -> None:
    findings = voice.load_findings(FINDINGS)
    rows = parse_dataset(voice.build_dataset(ROOT / "data"), dataset="voice_findings", where="x")
    frame = voice.reported(findings, rows)
    table = voice.findings_table(findings, frame)
    # Each theme stands in one block.
    assert (table["Theme"] != table["Theme"].shift()).sum() == table["Theme"].nunique()
    assert table.map(lambda cell: bool(cell.strip())).all(axis=None)
    counts = voice.by_speaker(findings, frame)["Findings"].astype(int)
    assert counts.sum() == len(frame)
    assert len(voice.with_named_speaker(findings, frame)) < len(frame)
    assert voice.unheard(findings, frame) == "parents and carers; children and young people; school staff"


def test_a_group_that_is_quoted_is_no_longer_unheard(tmp_path: Path) -> None:
    text = FINDINGS.read_text(encoding="utf-8").replace(
        "    speaker_named: true\n", "    speaker_named: true\n    group: school_staff\n"
    )
    (tmp_path / "council").mkdir()
    (tmp_path / "council" / "voice-findings.yaml").write_text(text, encoding="utf-8")
    findings = voice.load_findings(tmp_path / "council" / "voice-findings.yaml")
    rows = parse_dataset(voice.build_dataset(tmp_path), dataset="voice_findings", where="x")
    assert "school staff" not in voice.unheard(findings, voice.reported(findings, rows))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "attribution: heard",
            "attribution: rumour",
            r"line \d+: unmet_mental_health_needs: attribution 'rum",
        ),
        ("id: missed_early", "id: more_complex_needs", r"the finding more_complex_needs stands twice"),
        ("    theme: After", "    topic: After", r"line \d+: (unknown key|the key) findings\.8\.t"),
        ("place: Finding 9", "source_id: x", r"line \d+: the key source_id stands twice"),
        (
            "finding: Some children cannot use",
            "finding: h801200001001 cannot use",
            r"line \d+: findings\.0\.finding holds a unique pupil number",
        ),
        (
            "words: some children cannot access",
            "words: ann@example.org cannot access",
            r"line \d+: findings\.0\.words holds an e-mail",
        ),
    ],
)
def test_a_fault_in_the_findings_is_reported_by_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = FINDINGS.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "voice-findings.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        voice.load_findings(path)


def test_findings_and_an_edition_that_differ_are_refused() -> None:
    findings = voice.load_findings(FINDINGS)
    rows = parse_dataset(voice.build_dataset(ROOT / "data"), dataset="voice_findings", where="x")
    with pytest.raises(DataError, match="rebuild the data set"):
        voice.reported(findings, rows.iloc[1:])


@pytest.mark.shared
def test_every_finding_is_printed_in_the_document_it_is_said_to_be_printed_in() -> None:
    if not SEEDS.is_dir():
        pytest.skip("the two published documents are not beside the checkout")
    texts = {
        "coventry-send-jsna-slides-2023": next(SEEDS.glob("000_*.txt")),
        "coventry-send-jsna-summary-2024": next(SEEDS.glob("001_*.txt")),
    }
    printed = {source: " ".join(path.read_text(encoding="utf-8").split()) for source, path in texts.items()}
    findings = voice.load_findings(FINDINGS).findings
    assert [f.id for f in findings if " ".join(f.words.split()) not in printed[f.source_id]] == []


# -- small numbers ----------------------------------------------------------------------------------------


def counts_of(*numbers: int) -> dict[str, int]:
    return dict(zip(voice.ANSWERS, numbers, strict=True))


@pytest.mark.parametrize(
    ("numbers", "withheld"),
    [
        ((20, 10, 5, 8, 6, 0), set()),
        # One small count: the next smallest goes with it, or the total would give it away.
        ((20, 10, 3, 8, 6, 0), {"neither", "strongly_disagree"}),
        # An empty cell hides nothing, so a cell above zero is taken.
        ((20, 3, 0, 0, 0, 0), {"strongly_agree", "agree"}),
        ((20, 10, 3, 4, 6, 0), {"neither", "disagree"}),
        # Two counts of one are two people: their sum would give both away.
        ((20, 10, 1, 1, 6, 7), {"neither", "disagree", "strongly_disagree"}),
        # A total that is itself small: nothing of the row is shown.
        ((1, 0, 0, 2, 0, 0), set(voice.ANSWERS)),
        ((0, 0, 0, 0, 0, 0), set()),
    ],
)
def test_small_counts_are_withheld_with_what_would_give_them_away(
    numbers: tuple[int, ...], withheld: set[str]
) -> None:
    assert voice.withheld_cells(counts_of(*numbers)) == withheld


rows_of_counts = st.tuples(*[st.integers(0, 30)] * 6).map(lambda numbers: counts_of(*numbers))


@given(rows_of_counts)
def test_no_withheld_cell_follows_from_the_total_and_the_cells_shown(counts: dict[str, int]) -> None:
    withheld = voice.withheld_cells(counts)
    assert not any(0 < counts[name] < 5 for name in counts if name not in withheld)
    if withheld and sum(counts.values()) >= 5:
        # A reader can work out the sum of the withheld cells: at least two of them, at least 5 people.
        assert len(withheld) >= 2
        assert sum(counts[name] for name in withheld) >= 5


@given(rows_of_counts)
def test_a_share_of_agreement_that_is_shown_gives_no_small_number_away(counts: dict[str, int]) -> None:
    if not voice.may_show_agreement(counts):
        return
    withheld = voice.withheld_cells(counts)
    agree = {"strongly_agree", "agree"}
    for group in (agree, set(counts) - agree):
        # The share and the number who answered give the sum of the group, and so of its withheld cells.
        hidden = withheld & group
        assert not 0 < sum(counts[name] for name in group) < 5
        assert not hidden or (len(hidden) >= 2 and sum(counts[name] for name in hidden) >= 5)


# -- responses --------------------------------------------------------------------------------------------

Answers = dict[str, int]


@pytest.fixture
def supply(tmp_path: Path) -> Callable[..., Path]:
    """Write a response file: for each respondent and question, how many gave each answer (synthetic)."""
    (tmp_path / "council").mkdir()

    def write(answers: dict[tuple[str, str], Answers], *, comment: str = "", themes: str = "") -> Path:
        with (tmp_path / council.RESPONSES).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(council.COLUMNS)
            for (respondent, question), counts in answers.items():
                given_ = [answer for answer, count in counts.items() for _ in range(count)]
                for number, answer in enumerate(given_, 1):
                    writer.writerow(
                        [
                            *(f"{respondent}{number}", "E08000026", "October 2023", respondent, question),
                            *(f"Statement of {question}", answer, themes, comment),
                        ]
                    )
        return tmp_path

    return write


def analysed(data_folder: Path) -> voice.SurveyTables:
    return voice.analyse(council.load(data_folder)["survey"])


def test_agreement_has_its_number_of_answers_and_a_wilson_interval(supply: Callable[..., Path]) -> None:
    counts = {"strongly_agree": 30, "agree": 31, "neither": 9, "disagree": 16, "dont_know": 14, "": 6}
    tables = analysed(supply({("parent_carer", "q1"): counts}))
    assert tables.responses.to_dict("records") == [
        {"Respondents": "Parents and carers", "Period": "October 2023", "Responses": "106"}
    ]
    assert tables.agreement.to_dict("records") == [
        {
            "Respondents": "Parents and carers",
            "Statement": "Statement of q1",
            "Period": "October 2023",
            "Responses": "106",
            "Answered": "100",
            "Agree": "61.0%",
            # Wilson (1927) at 61 of 100.
            "95% interval": "51.2% to 70.0%",
        }
    ]
    assert tables.answers.loc[0, "Don't know"] == "14"
    assert tables.answers.loc[0, "Strongly disagree"] == "0"


def test_withheld_answers_are_coded_and_never_among_the_inputs(supply: Callable[..., Path]) -> None:
    counts = {"strongly_agree": 20, "agree": 10, "neither": 3, "disagree": 8, "strongly_disagree": 6}
    tables = analysed(supply({("school_staff", "q1"): counts}))
    shown = tables.answers.iloc[0]
    assert shown[["Neither", "Strongly disagree"]].tolist() == ["c", "c"]
    assert shown[["Strongly agree", "Agree", "Disagree"]].tolist() == ["20", "10", "8"]
    assert tables.agreement.loc[0, "Agree"] == "63.8%"
    assert set(tables.inputs["status"]) == {"final"}
    assert tables.inputs["value"].notna().all()


def test_a_share_that_would_give_a_withheld_count_away_is_withheld(supply: Callable[..., Path]) -> None:
    # Agree (3) and disagree (5) are withheld; the share would give the sum of the first two answers.
    counts = {"strongly_agree": 20, "agree": 3, "neither": 9, "disagree": 5, "strongly_disagree": 8}
    agreement = analysed(supply({("child", "q1"): counts})).agreement
    assert agreement.loc[0, ["Agree", "95% interval"]].tolist() == ["c", "c"]


def test_of_a_group_of_fewer_than_five_nothing_is_shown(supply: Callable[..., Path]) -> None:
    folder = supply({("child", "q1"): {"agree": 4}}, themes="waiting_times")
    tables = analysed(folder)
    assert tables.inputs.empty
    assert tables.responses.loc[0, "Responses"] == "c"
    assert set(tables.answers.iloc[0][list(voice.ANSWERS.values())]) == {"c"}
    assert "withheld" in voice.survey_status(tables)


def test_themes_are_counted_by_response_and_free_text_goes_nowhere(supply: Callable[..., Path]) -> None:
    secret = "Our son Alex waits"
    folder = supply(
        {("parent_carer", "q1"): {"": 12}, ("parent_carer", "q2"): {"": 7}},
        comment=secret,
        themes="waiting_times; finding_the_offer",
    )
    tables = analysed(folder)
    themes = tables.themes.set_index("Theme")["Responses that raise it"]
    # The seven who answered both questions are among the twelve.
    assert themes.to_dict() == {"Finding the offer": "12", "Waiting times": "12"}
    assert tables.agreement.empty
    assert b"Alex" not in council.build(folder)["survey"]
    assert "comment" not in council.read_responses(folder / council.RESPONSES).columns


def test_respondents_and_questions_are_kept_apart(supply: Callable[..., Path]) -> None:
    tables = analysed(
        supply(
            {
                ("school_staff", "q1"): {"agree": 10, "disagree": 10},
                ("parent_carer", "q1"): {"agree": 6, "disagree": 18},
                ("parent_carer", "q2"): {"agree": 18, "disagree": 6},
            }
        )
    )
    shown = [tuple(row) for row in tables.agreement[["Respondents", "Statement", "Agree"]].to_numpy()]
    assert shown == [
        ("Parents and carers", "Statement of q1", "25.0%"),
        ("Parents and carers", "Statement of q2", "75.0%"),
        ("School staff", "Statement of q1", "50.0%"),
    ]


def test_aggregates_follow_the_schema_of_a_data_set_and_hold_no_response(supply: Callable[..., Path]) -> None:
    folder = supply({("parent_carer", "q1"): {"agree": 8, "disagree": 7}})
    frame = council.load(folder)["survey"]
    assert set(frame["indicator"]) <= set(voice.INDICATORS)
    assert set(frame["source_id"]) == {voice.SOURCE_ID}
    assert list(frame["observation_id"]) == [f"survey:{line}" for line in range(2, len(frame) + 2)]
    assert b"parent_carer1," not in council.build(folder)["survey"]
    (source,) = council.sources(folder).values()
    assert source.as_at == date(2023, 10, 31)
    assert len(source.publisher_sha256) == 64


def test_without_a_response_file_there_is_no_survey_and_the_chapter_says_so(tmp_path: Path) -> None:
    assert council.load(tmp_path) == {}
    assert council.build(tmp_path) == {}
    assert council.sources(tmp_path) == {}
    assert voice.survey_status(None).startswith("No response file was supplied")
    with pytest.raises(DataError, match="no survey observations"):
        voice.analyse(pd.DataFrame())


def test_the_template_holds_the_documented_columns_and_no_answer(tmp_path: Path) -> None:
    folder = ROOT / "data" / "council"
    template = (folder / "survey-responses.template.csv").read_text(encoding="utf-8").splitlines()
    assert template == [",".join(council.COLUMNS)]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for name, needed in council.COLUMNS.items():
        assert f"| `{name}` | {'yes' if needed else 'no'} |" in readme
    for code in (*voice.RESPONDENTS, *voice.ANSWERS):
        assert f"`{code}`" in readme
    (tmp_path / "council").mkdir()
    shutil.copy(folder / "survey-responses.template.csv", tmp_path / council.RESPONSES)
    with pytest.raises(DataError, match="the file holds no answers"):
        council.load(tmp_path)
