"""Small numbers: what each profile shows, what is withheld with a small count, what an attack finds.

All tables are synthetic.
"""

from __future__ import annotations

import pytest
from methods import Example, Method

from send_jsna.disclosure.methods import Fact, Hidden, Relation, Share, attack, council, profile, suppress

FISCHETTI = "M. Fischetti and J. J. Salazar-González, Management Science 47 (2001) 1008–1027."
FIRST, SECOND = "withheld_primary", "withheld_secondary"
SUPPRESS = (
    'list(suppress(dict(zip(label, count)), [Relation("all", ("a", "b", "c"))], council()).states.values())'
)

METHODS = (
    Method(
        id="small-counts",
        section="Small numbers",
        title="Counts that are withheld or rounded",
        what="Each disclosure profile says which counts of people are too small to be shown, and how the"
        " others are rounded. Zero is shown, but for OpenSAFELY’s rule, which redacts seven and fewer first.",
        when="every count of children; the profile is named in the report.",
        sources=[
            "NHS Digital, Disclosure control methodology for HES and the Emergency Care Data Set (2018).",
            "OpenSAFELY, Updated disclosure control guidance.",
        ],
        functions=[council, profile],
        examples=[
            Example(
                "the council’s rule: 1 to 4 are withheld (synthetic)",
                {"count": [0, 1, 4, 5, 12]},
                "council().rounded(count)",
                {"shown": [0, None, None, 5, 12]},
                0,
            ),
            Example(
                "NHS England’s: 1 to 7 withheld, the rest to the nearest 5 (synthetic)",
                {"count": [0, 7, 8, 12, 13]},
                'profile("nhs_england").rounded(count)',
                {"shown": [0, None, 10, 10, 15]},
                0,
            ),
            Example(
                "OpenSAFELY’s: 7 and fewer redacted, the rest to the nearest 5 (synthetic)",
                {"count": [0, 7, 8, 12, 13]},
                'profile("opensafely").rounded(count)',
                {"shown": [None, None, 10, 10, 15]},
                0,
            ),
            Example(
                "OpenSAFELY’s midpoint rounding to bands of six (synthetic)",
                {"count": [0, 1, 6, 7, 12, 13]},
                'profile("opensafely_midpoint6").rounded(count)',
                {"shown": [0, 3, 3, 9, 9, 15]},
                0,
            ),
            Example(
                "percentages of NHS England’s rule, with their decimals (synthetic)",
                {"numerator": [33, 3, 1234], "denominator": [97, 97, 4001]},
                'profile("nhs_england").percentage(numerator, denominator)',
                {"share": [37, None, 30.9], "decimals": [0, 0, 1]},
                {"share": 1, "decimals": 0},
            ),
        ],
    ),
    Method(
        id="secondary-suppression",
        section="Small numbers",
        title="Further counts withheld with a small one",
        what="A small count that is withheld can be worked out where its total and all other parts are shown."
        " So further counts are withheld, as few and as small as will do, until the small one could be"
        " anything from one to the smallest count that is shown. Zero is shown as 0, so a reader takes a"
        " withheld count for one at least. The choice is made by integer programming.",
        when="all counts that add up: breakdowns, hierarchies, linked tables, shares beside their counts.",
        sources=[FISCHETTI],
        functions=[suppress, Relation, council],
        examples=[
            Example(
                "one small count: the smallest other that protects it goes too (synthetic)",
                {"label": ["a", "b", "c", "all"], "count": [3, 7, 20, 30]},
                SUPPRESS,
                {"state": [FIRST, SECOND, "shown", "shown"]},
            ),
            Example(
                "two small counts of four together need a third (synthetic)",
                {"label": ["a", "b", "c", "all"], "count": [3, 1, 20, 24]},
                SUPPRESS,
                {"state": [FIRST, FIRST, SECOND, "shown"]},
            ),
            Example(
                "two of five together need a third, since a zero would be shown (synthetic)",
                {"label": ["a", "b", "c", "all"], "count": [3, 2, 20, 25]},
                SUPPRESS,
                {"state": [FIRST, FIRST, SECOND, "shown"]},
            ),
            Example(
                "two of six together protect each other (synthetic)",
                {"label": ["a", "b", "c", "all"], "count": [3, 3, 20, 26]},
                SUPPRESS,
                {"state": [FIRST, FIRST, "shown", "shown"]},
            ),
        ],
    ),
)


def test_the_attack_finds_what_a_reader_could_and_names_where_from() -> None:
    """Nothing of the count stands in the message."""
    sums = Relation("all", ("a", "b", "c")).fact("the totals of table 2")
    shown = [Fact({k: 1.0}, v, v, f"{k} in table 2") for k, v in (("b", 7.0), ("c", 20.0), ("all", 30.0))]
    (found,) = attack([Hidden("a", 3, 5)], [sums, *shown])
    assert found.message() == (
        "a is withheld, but can be worked out exactly from the totals of table 2; all in table 2;"
        " b in table 2; c in table 2"
    )
    assert attack([Hidden("a", 3, 5), Hidden("b", 7, 5)], [sums, *shown[1:]]) == []


@pytest.mark.parametrize(("printed", "decimals", "is_safe"), [(1.5, 1, False), (2, 0, True)])
def test_a_percentage_gives_a_count_away_or_not_by_its_decimals(
    printed: float, decimals: int, is_safe: bool
) -> None:
    """Of 200 children 1.5 % are 3 and nothing else; of 600 children 2 % are 9 to 15, of whom 3 are boys."""
    total = 200.0 if decimals else 600.0
    counted = ("boys",) if decimals else ("boys", "girls")
    facts = [
        Fact({"all": 1.0}, total, total, "all"),
        *Share("share", counted, ("all",), printed, decimals).facts(),
    ]
    assert (attack([Hidden("boys", 3, 5)], facts) == []) == is_safe
