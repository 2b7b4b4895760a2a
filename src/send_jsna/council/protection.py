"""Small counts of the council's extracts, and what else must be withheld so that none can be worked out.

A table has one row for each code of a breakdown and a total, and in each row a *chain* of counts, each a
part of the one before it: children due a check, of those done, and so on. What a reader can work out are
differences of a chain (those not done), sums over a column, and both together. A count of 1 to 4 is small,
and so is a difference of 1 to 4. Three rules leave every small number a range of at least 0 to 5:

* a measure is shown only where, in the total, it and what it falls short of the last one shown are not small;
* a row with a small number is withheld whole, and with it the next smallest rows, until in every column those
  withheld hold nobody or at least 5 together. One row never stays alone;
* where rows stand in groups that are shown as well (schools by specialism), a group that is withheld takes
  its rows with it, and the rows of a group that is shown are protected against the group's own total.

For single counts this is what :func:`send_jsna.voice.survey.withheld_cells` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

#: The smallest count of people that is shown.
SMALLEST = 5


def is_small(count: int) -> bool:
    """Whether a count is too small to be shown; none at all is not."""
    return 0 < count < SMALLEST


def shown_measures(chain: Sequence[int]) -> list[bool]:
    """Which counts of a chain can be shown beside each other, from the widest on."""
    shown: list[bool] = []
    last: int | None = None
    for count in chain:
        may = not is_small(count) and (last is None or not is_small(last - count))
        shown.append(may)
        last = count if may else last
    return shown


def parts(chain: Sequence[int], shown: Sequence[bool]) -> tuple[int, ...]:
    """What can be worked out from the counts of a chain that are shown: the differences, and the last."""
    kept = [count for count, may in zip(chain, shown, strict=True) if may]
    return tuple(wider - narrower for wider, narrower in pairwise([*kept, 0]))


def withheld_rows(rows: Mapping[str, tuple[int, ...]]) -> set[str]:
    """Rows of a table with a known total that must not be shown.

    Args:
        rows: By code, the parts of each row (see :func:`parts`). The sum over the rows is known in each part,
            and is not small.
    """
    withheld = {code for code, row in rows.items() if any(is_small(count) for count in row)}
    while withheld:
        sums = _sums(rows[code] for code in withheld)
        open_parts = [part for part, count in enumerate(sums) if is_small(count)]
        if not open_parts and len(withheld) > 1:
            break
        rest = [code for code in rows if code not in withheld]
        if not rest:
            break

        def cost(code: str, wanted: Sequence[int] = tuple(open_parts)) -> tuple[bool, int]:
            row = rows[code]
            return not any(row[part] for part in wanted or range(len(row))), sum(row)

        withheld.add(min(rest, key=cost))
    return withheld


def withheld_within(rows: Mapping[str, int], group_of: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Rows and groups of rows that must not be shown where the total of each group is shown too.

    Args:
        rows: Count by row; the sum is known and is not small.
        group_of: The group each row stands in.

    Returns:
        Rows withheld, groups withheld.
    """
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for row, count in rows.items():
        groups.setdefault(group_of[row], {})[row] = (count,)
    hidden_groups = withheld_rows({name: _sums(members.values()) for name, members in groups.items()})
    hidden_rows: set[str] = set()
    for name, members in groups.items():
        hidden_rows |= set(members) if name in hidden_groups else withheld_rows(members)
    return hidden_rows, hidden_groups


def may_show_share(counts: Mapping[str, int], withheld: set[str], over: Iterable[str]) -> bool:
    """Whether the share of some codes in all can be shown beside the counts that are.

    The share gives the sum of those codes and of the others, and so what the withheld ones among them hold
    together.
    """
    inside = set(over)
    for group in (inside, set(counts) - inside):
        hidden = sum(counts[code] for code in group & withheld)
        if is_small(sum(counts[code] for code in group)) or is_small(hidden):
            return False
        if not hidden and group & withheld:
            return False
    return True


def _sums(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True))
