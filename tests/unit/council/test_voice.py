"""Voice: the published findings, and what is shown of survey responses."""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from send_jsna import council as extracts
from send_jsna.catalogue.dataset_file import parse_dataset
from send_jsna.council import findings, survey
from send_jsna.disclosure.methods import Profile, council
from send_jsna.errors import CatalogueError, DataError
from send_jsna.evidence.send import voice

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ROOT.parent / "shared" / "seeds"
COUNCIL = council()
FINDINGS = ROOT / "data" / "council" / "voice-findings.yaml"


# -- published findings -----------------------------------------------------------------------------------


def test_the_committed_findings_are_the_data_set_of_the_edition() -> None:
    edition = ROOT / "data" / "editions" / "2025" / "voice_findings.csv"
    assert findings.build_dataset(ROOT / "data") == edition.read_bytes()


def test_findings_stand_by_theme_with_their_speaker_and_place() -> None:
    loaded = findings.load_findings(FINDINGS)
    rows = parse_dataset(findings.build_dataset(ROOT / "data"), dataset="voice_findings", where="x")
    frame = findings.reported(loaded, rows)
    table = findings.findings_table(loaded, frame)
    # Each theme stands in one block.
    assert (table["Theme"] != table["Theme"].shift()).sum() == table["Theme"].nunique()
    assert table.map(lambda cell: bool(cell.strip())).all(axis=None)
    counts = findings.by_speaker(loaded, frame)["Findings"].astype(int)
    assert counts.sum() == len(frame)
    assert len(findings.with_named_speaker(loaded, frame)) < len(frame)
    assert findings.unheard(loaded, frame) == "parents and carers; children and young people; school staff"


def test_a_group_that_is_quoted_is_no_longer_unheard(tmp_path: Path) -> None:
    text = FINDINGS.read_text(encoding="utf-8").replace(
        "    speaker_named: true\n", "    speaker_named: true\n    group: school_staff\n"
    )
    (tmp_path / "council").mkdir()
    (tmp_path / "council" / "voice-findings.yaml").write_text(text, encoding="utf-8")
    loaded = findings.load_findings(tmp_path / "council" / "voice-findings.yaml")
    rows = parse_dataset(findings.build_dataset(tmp_path), dataset="voice_findings", where="x")
    assert "school staff" not in findings.unheard(loaded, findings.reported(loaded, rows))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "attribution: heard",
            "attribution: rumour",
            r"line \d+: unmet_mental_health_needs: attribution 'rum",
        ),
        ("id: missed_early", "id: more_complex_needs", r"the finding more_complex_needs is listed twice"),
        ("    theme: After", "    topic: After", r"line \d+: (unknown key|the key) findings\.8\.t"),
        ("place: Finding 9", "source_id: x", r"line \d+: the key source_id is duplicated"),
        (
            "finding: Some children cannot use",
            "finding: h801200001001 cannot use",
            r"line \d+: findings\.0\.finding contains a unique pupil number",
        ),
        (
            "words: some children cannot access",
            "words: ann@example.org cannot access",
            r"line \d+: findings\.0\.words contains an e-mail",
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
        findings.load_findings(path)


def test_findings_and_an_edition_that_differ_are_refused() -> None:
    loaded = findings.load_findings(FINDINGS)
    rows = parse_dataset(findings.build_dataset(ROOT / "data"), dataset="voice_findings", where="x")
    with pytest.raises(DataError, match="rebuild the data set"):
        findings.reported(loaded, rows.iloc[1:])


@pytest.mark.shared
def test_every_finding_is_printed_in_the_document_it_is_said_to_be_printed_in() -> None:
    if not SEEDS.is_dir():
        pytest.skip("the two published documents are not beside the checkout")
    texts = {
        "coventry-send-jsna-slides-2023": next(SEEDS.glob("000_*.txt")),
        "coventry-send-jsna-summary-2024": next(SEEDS.glob("001_*.txt")),
    }
    printed = {source: " ".join(path.read_text(encoding="utf-8").split()) for source, path in texts.items()}
    loaded = findings.load_findings(FINDINGS).findings
    assert [f.id for f in loaded if " ".join(f.words.split()) not in printed[f.source_id]] == []


# -- small numbers ----------------------------------------------------------------------------------------


def counts_of(*numbers: int) -> dict[str, int]:
    return dict(zip(survey.ANSWERS, numbers, strict=True))


def observed(counts: Mapping[str, int], profile: Profile = COUNCIL) -> dict[str, float]:
    """What is shown of one question, by answer, ``answered`` and ``agree``; NaN where it is withheld."""
    answers = [answer for answer, count in counts.items() for _ in range(count)]
    responses = pd.DataFrame(
        {
            "response_id": range(len(answers)),
            "area_code": "E08000026",
            "period": "October 2023",
            "respondent": "child",
            "question_id": "q1",
            "question": "I am safe at school",
            "answer": answers,
            "themes": [[] for _ in answers],
        }
    )
    frame, _ = survey.to_observations(responses, profile)
    names = {"child": "responses", "child.q1": "answered"}
    shown = {
        names.get(row["service"], row["service"].rpartition(".")[2]): float(row["value"])
        for row in frame[frame["unit"] == "count"].to_dict("records")
    }
    return shown | {"agree_in_all": float(frame.loc[frame["unit"] == "%", "numerator"].iloc[0])}


def withheld_of(shown: Mapping[str, float]) -> set[str]:
    return {name for name, value in shown.items() if math.isnan(value)}


@pytest.mark.parametrize(
    ("numbers", "withheld"),
    [
        ((20, 10, 5, 8, 6, 0), set()),
        # One small count: another goes with it, or the total would give it away; an empty cell hides nothing.
        ((20, 10, 3, 8, 6, 0), {"neither", "strongly_disagree"}),
        ((20, 3, 9, 8, 6, 0), {"strongly_agree", "agree"}),
        ((20, 10, 3, 4, 6, 0), {"neither", "disagree"}),
        # Five of one each would be five ones.
        ((20, 10, 3, 2, 6, 0), {"neither", "disagree", "strongly_disagree"}),
        # Three do not agree: how many do is not shown either, nor which answers nobody gave.
        (
            (20, 9, 1, 2, 0, 0),
            {
                *("agree_in_all", "agree", "neither", "disagree"),
                *("strongly_disagree", "dont_know"),
            },
        ),
        # A total that is itself small: nothing of the row is shown.
        ((1, 0, 0, 2, 0, 0), {*survey.ANSWERS, "responses", "answered", "agree_in_all"}),
    ],
)
def test_small_counts_are_withheld_with_what_would_give_them_away(
    numbers: tuple[int, ...], withheld: set[str]
) -> None:
    assert withheld_of(observed(counts_of(*numbers))) == withheld


@pytest.mark.parametrize(("smallest", "hidden"), [(5, 0), (8, 2), (10, 2)])
def test_answers_are_withheld_by_the_smallest_count_of_the_run(smallest: int, hidden: int) -> None:
    """A seven is shown where the smallest count is 5; under 8 and 10 it is withheld, and another with it."""
    shown = observed(counts_of(20, 15, 7, 12, 0, 0), council(smallest))
    assert len(withheld_of(shown)) == hidden
    assert ("neither" in withheld_of(shown)) == bool(hidden)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    st.tuples(*[st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6])] * 6).filter(sum).map(lambda it: counts_of(*it)),
    st.sampled_from([5, 7]),
)
def test_a_small_answer_can_be_anything_from_one_in_all_answers_that_agree_with_what_is_shown(
    counts: dict[str, int], smallest: int
) -> None:
    """All answers a reader thinks possible are listed, who knows that nobody is shown as 0."""
    shown = observed(counts, council(smallest))
    hidden = withheld_of(shown)
    agree = [code in ("strongly_agree", "agree") for code in survey.ANSWERS]
    assume((smallest + 5) ** len(hidden & set(counts)) < 2e5)
    sums = {"answered": [True] * 6, "agree_in_all": agree, "others": [not item for item in agree]}
    grid = np.stack(
        np.meshgrid(
            *(
                np.arange(smallest + 5) if code in hidden else np.array([counts[code]])
                for code in survey.ANSWERS
            )
        ),
        axis=-1,
    ).reshape(-1, 6)
    small_sums = []
    for name, which in sums.items():
        true = sum(count for count, is_in in zip(counts.values(), which, strict=True) if is_in)
        if 0 < true < smallest:
            small_sums.append(which)
        if name in shown and name not in hidden:
            grid = grid[grid[:, which].sum(axis=1) == true]
    for place, code in enumerate(survey.ANSWERS):
        if code in hidden and not any(which[place] for which in small_sums):
            grid = grid[grid[:, place] > 0]
    for place, code in enumerate(survey.ANSWERS):
        if 0 < counts[code] < smallest:
            assert set(range(1, smallest + 1)) <= set(grid[:, place].tolist()), (counts, hidden)


# -- responses --------------------------------------------------------------------------------------------

Answers = dict[str, int]


@pytest.fixture
def supply(tmp_path: Path) -> Callable[..., Path]:
    """Write a response file: for each respondent and question, how many gave each answer (synthetic)."""
    (tmp_path / "council").mkdir()

    def write(answers: dict[tuple[str, str], Answers], *, comment: str = "", themes: str = "") -> Path:
        with (tmp_path / extracts.RESPONSES).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(extracts.COLUMNS)
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


def analysed(data_folder: Path) -> survey.SurveyTables:
    return survey.analyse(extracts.read_supplied(data_folder)["survey"])


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
    # All but three agree.
    counts = {"strongly_agree": 20, "agree": 13, "disagree": 3}
    agreement = analysed(supply({("child", "q1"): counts})).agreement
    assert agreement.loc[0, ["Agree", "95% interval"]].tolist() == ["c", "c"]


def test_of_a_group_of_fewer_than_five_nothing_is_shown(supply: Callable[..., Path]) -> None:
    folder = supply({("child", "q1"): {"agree": 4}}, themes="waiting_times")
    tables = analysed(folder)
    assert tables.inputs.empty
    assert tables.responses.loc[0, "Responses"] == "c"
    assert set(tables.answers.iloc[0][list(survey.ANSWERS.values())]) == {"c"}
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
    assert b"Alex" not in extracts.build(folder)["survey"]
    assert "comment" not in extracts.read_responses(folder / extracts.RESPONSES).columns


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
    frame = extracts.read_supplied(folder)["survey"]
    assert set(frame["indicator"]) <= set(survey.INDICATORS)
    assert set(frame["source_id"]) == {survey.SOURCE_ID}
    assert list(frame["observation_id"]) == [f"survey:{line}" for line in range(2, len(frame) + 2)]
    assert b"parent_carer1," not in extracts.build(folder)["survey"]
    (source,) = extracts.sources(folder).values()
    assert source.as_at == date(2023, 10, 31)
    assert len(source.publisher_sha256) == 64


def test_without_a_response_file_there_is_no_survey_and_the_chapter_says_so(tmp_path: Path) -> None:
    assert extracts.read_supplied(tmp_path) == {}
    assert extracts.build(tmp_path) == {}
    assert extracts.sources(tmp_path) == {}
    assert voice.survey_status(None).startswith("No response file was supplied")
    with pytest.raises(DataError, match="no survey observations"):
        survey.analyse(pd.DataFrame())


def test_the_template_holds_the_documented_columns_and_no_answer(tmp_path: Path) -> None:
    folder = ROOT / "data" / "council"
    template = (folder / "survey-responses.template.csv").read_text(encoding="utf-8").splitlines()
    assert template == [",".join(extracts.COLUMNS)]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for name, needed in extracts.COLUMNS.items():
        assert f"| `{name}` | {'yes' if needed else 'no'} |" in readme
    for code in (*survey.RESPONDENTS, *survey.ANSWERS):
        assert f"`{code}`" in readme
    (tmp_path / "council").mkdir()
    shutil.copy(folder / "survey-responses.template.csv", tmp_path / extracts.RESPONSES)
    with pytest.raises(DataError, match="the file has no answers"):
        extracts.read_supplied(tmp_path)
