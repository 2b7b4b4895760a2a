"""Statistical disclosure control: profiles, suppression, and the attacker that checks it. Pure functions."""

from send_jsna.disclosure.attacker import Exposure, attack
from send_jsna.disclosure.model import Fact, Hidden, Relation, Share
from send_jsna.disclosure.precision import precision
from send_jsna.disclosure.profiles import Profile, State
from send_jsna.disclosure.standard import PROFILES, council, profile
from send_jsna.disclosure.suppression import Pattern, suppress
from send_jsna.disclosure.systems import System, from_hierarchy, from_table
from send_jsna.disclosure.zeros import lowest_counts

__all__ = [
    "PROFILES",
    "Exposure",
    "Fact",
    "Hidden",
    "Pattern",
    "Profile",
    "Relation",
    "Share",
    "State",
    "System",
    "attack",
    "council",
    "from_hierarchy",
    "from_table",
    "lowest_counts",
    "precision",
    "profile",
    "suppress",
]
