"""Disclosure control of a run: what is withheld before anything is made, and the attack at its end.

The methods are in :mod:`send_jsna.disclosure.methods`, which knows nothing of observations; this package
applies them to the counts of children in a run.
"""

from send_jsna.disclosure.aggregates import Aggregates
from send_jsna.disclosure.attack import attack_run, require_safe, shown_cells, suppress_beside_shares
from send_jsna.disclosure.declared import Tables, load_tables, unruled
from send_jsna.disclosure.earlier import seen_in
from send_jsna.disclosure.sealed_counts import (
    BEFORE,
    PREVIOUS,
    SEALED,
    STATES,
    Sealed,
    remove_sealed,
    seal,
    taken_out,
)
from send_jsna.disclosure.suppress import (
    DisclosureRecord,
    Protected,
    restored,
    suppress_counts,
    without_withheld,
)

__all__ = [
    "BEFORE",
    "PREVIOUS",
    "SEALED",
    "STATES",
    "Aggregates",
    "DisclosureRecord",
    "Protected",
    "Sealed",
    "Tables",
    "attack_run",
    "load_tables",
    "remove_sealed",
    "require_safe",
    "restored",
    "seal",
    "seen_in",
    "shown_cells",
    "suppress_beside_shares",
    "suppress_counts",
    "taken_out",
    "unruled",
    "without_withheld",
]
