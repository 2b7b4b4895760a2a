"""Disclosure control of a run: what is withheld before anything is made, and the attack at its end.

The methods are in :mod:`send_jsna.disclosure`, which knows nothing of observations; this package applies them
to the counts of children in a run.
"""

from send_jsna.withholding.aggregates import Aggregates
from send_jsna.withholding.declared import Tables, load_tables
from send_jsna.withholding.earlier import seen_in
from send_jsna.withholding.gate import attack_run, protect_beside_shares, require_safe, shown_cells
from send_jsna.withholding.protection import (
    DisclosureRecord,
    Protected,
    protect,
    restored,
    without_withheld,
)
from send_jsna.withholding.sealed import BEFORE, PREVIOUS, SEALED, STATES, Sealed, remove_sealed, seal

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
    "protect",
    "protect_beside_shares",
    "remove_sealed",
    "require_safe",
    "restored",
    "seal",
    "seen_in",
    "shown_cells",
    "without_withheld",
]
