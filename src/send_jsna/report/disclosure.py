"""What the report says of the counts it withholds: the profile, its rules, how much, how it was checked."""

from __future__ import annotations

import json
from pathlib import Path

from send_jsna.disclosure import methods
from send_jsna.report.markdown import escape, table

_PROFILE = """
This report was made under the disclosure profile `{profile}` and the scope `{scope}`. A small count can let
somebody recognise a child. The rules of the profile are:
"""
_SCOPE = {
    "all": """
The scope `all` applies these rules to official figures too, although anyone can look them up at their
publisher.
""",
    "unpublished": """
The scope `unpublished` applies these rules to what no publisher has released: the council's extracts, the
answers to its survey, and what is made of them together with official figures. Official figures are shown as
their publishers released them, whatever their size: anyone can look them up, so that withholding them here
would protect nobody. The reader who is reckoned with knows all of them. {protected}
""",
}
_PUBLISHERS = """
They apply beside those of the publishers: what a publisher withheld stays withheld, and nothing is made
from it.
"""
_EXTENT = """
Of the observations of this edition, {total:,} are withheld, {own:,} of them of the area itself. Which
of them are small and which were withheld for the sake of a small one is not said, since that would help
to work them out. Single years of age and detailed ethnic groups are used in sums only, wherever one of
their counts is small.
"""
_ATTACK = """
After the report was made, the run was attacked with everything it shows: all its observations, the sums
its tables and sentences show, the way the counts add up, percentages at their printed rounding, and the
edition before this one. Linear programming finds the smallest and the largest number each withheld
count could be, for a reader who takes a mark for one child at least where a zero would be shown. Had
any been told more closely than the rules allow, the report would not have been finished.
"""
_NOT_COVERED = """
Two things are not covered. A family whose child is the only one behind a withheld count knows that count.
Where counts add up to one total it cannot work out another small one from it; where they add up in several
ways, by need and by sex for instance, it sometimes may. And the attack uses what is printed, not what could
be concluded from the rules by which counts were chosen to be withheld.
"""
_ZERO_WITHHELD = "Zero: counted, and there is nobody. Under this profile it is withheld as well."
_ZERO = (
    "Zero: counted, and there is nobody. It is shown, except in a breakdown of so few children that none of"
    " its parts is."
)
_FOUR = [
    ["`z`", "Not applicable: there can be nobody."],
    ["`x`", "Missing: not collected, or not available to us."],
    ["`c`", "Withheld, by the publisher or by these rules: there is a number, and it is not shown."],
]


def disclosure_text(run_folder: Path) -> str:
    """The section on disclosure control, as Markdown.

    Args:
        run_folder: The run, whose ``methods.json`` says what was withheld.
    """
    path = run_folder / "disclosure.json"
    if not path.is_file():
        return "This run has no record of disclosure control.\n"
    record = json.loads(path.read_text(encoding="utf-8"))
    profile = methods.profile(record["profile"], record["smallest"])
    scope = record.get("scope", "all")
    datasets = [escape(name) for name in record.get("protected", ())]
    protected = (
        f"In this run these are the data sets: {', '.join(datasets)}."
        if datasets
        else "This run has no unpublished data."
    )
    own, total = sum(record["own"].values()), sum(record["withheld"].values())
    parts = [
        _PROFILE.format(profile=profile.id, scope=scope).strip(),
        "\n".join(f"- {escape(rule)}" for rule in profile.rules),
        _SCOPE[scope].format(protected=protected).strip(),
        _PUBLISHERS.strip(),
    ]
    if total:
        parts.append(_EXTENT.format(total=total, own=own).strip())
    rounded = f"{record['rounded']:,} observations were rounded. " if record["rounded"] else ""
    parts.append(rounded + methods.precision(profile))
    if profile.smallest_shown > 1 and (scope == "all" or datasets):
        parts += [_ATTACK.strip(), _NOT_COVERED.strip()]
    zero = ["`0`", _ZERO_WITHHELD if profile.withholds_zero else _ZERO]
    parts += [
        "Four things that are not the same are told apart in every table:",
        table(
            ["Shown as", "What it means"],
            [zero, *_FOUR],
            [2, 9],
            caption="Zero, nobody, missing and withheld",
        ),
    ]
    return "\n\n".join(parts) + "\n"
