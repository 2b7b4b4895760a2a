"""What the mark of a withheld count says by itself: that it is not the zero which would be shown.

Zero is shown as 0, under every profile that does not withhold it, and so a mark means one at least. Five
marks under a total that leaves them five are then five ones. Suppression and attack both reckon with it, by
the one rule here. Two kinds of mark may mean zero: those of a breakdown of few children, of which not
even a zero is shown; and those that the caller names. Few are a total that is small, and one known from
elsewhere that is too low to leave each of its parts its range beside others of one at least: of five in two
parts neither could be five.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from send_jsna.disclosure.methods.model import Relation
from send_jsna.disclosure.methods.profiles import Profile


def lowest_counts(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    *,
    untouched: Collection[str] = (),
    may_be_zero: Collection[str] = (),
    pinned: Collection[str] = (),
) -> dict[str, int]:
    """What a reader knows each count to be at least where it is withheld.

    A zero for which this is 0 can be withheld; any other is always shown. Were the parts of a small total
    shown where they are zero, it would be known to be as many as it has other parts.

    Args:
        values: Count by label; NaN where the publisher withheld it.
        relations: How the counts add up.
        profile: The profile.
        untouched: Labels the profile does not apply to.
        may_be_zero: Labels whose zeros are withheld too, or are shown nowhere.
        pinned: Labels of counts that a reader knows from elsewhere, whatever is withheld here.

    Returns:
        0 or 1 by label.
    """
    free = {label for label, value in values.items() if math.isnan(value)} | set(may_be_zero)
    free |= under_small(values, relations, profile, untouched, pinned)
    return {label: 0 if label in free else profile.lowest_withheld for label in values}


def under_small(
    values: Mapping[str, float],
    relations: Sequence[Relation],
    profile: Profile,
    untouched: Collection[str] = (),
    pinned: Collection[str] = (),
) -> set[str]:
    """The parts of totals of few, and the parts of these parts: of them not even a zero is shown.

    Nor is it of a total that is nothing but such a part, which it would show.
    """
    parts_of: dict[str, set[str]] = defaultdict(set)
    alone: dict[str, set[str]] = defaultdict(set)
    for item in relations:
        parts_of[item.total] |= set(item.parts)
        if item.is_exact and len(item.parts) == 1 and item.total not in untouched:
            alone[item.parts[0]].add(item.total)
    few = {
        item.total
        for item in relations
        if item.total in pinned and values[item.total] < profile.smallest_shown + len(item.parts) - 1
    }
    open_totals = [
        total
        for total in parts_of
        if total not in untouched and (total in few or bool(profile.is_primary(values[total])))
    ]
    found: set[str] = set()
    while open_totals:
        total = open_totals.pop()
        new = parts_of.get(total, set()) - found
        new |= {same for part in new for same in alone.get(part, ())} - found - {total}
        found |= new
        open_totals += new
    return found
