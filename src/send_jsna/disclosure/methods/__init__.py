"""Statistical disclosure control: profiles, suppression, and the attacker that checks it. Pure functions."""

from send_jsna.disclosure.methods.attacker import Exposure, attack
from send_jsna.disclosure.methods.model import Fact, Hidden, Relation, Share
from send_jsna.disclosure.methods.precision import precision
from send_jsna.disclosure.methods.profiles import Profile, State
from send_jsna.disclosure.methods.standard import PROFILES, council, profile
from send_jsna.disclosure.methods.suppression import Pattern, suppress
from send_jsna.disclosure.methods.systems import System, from_hierarchy, from_table
from send_jsna.disclosure.methods.wishes import Wishes
from send_jsna.disclosure.methods.zeros import lowest_counts

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
    "Wishes",
    "attack",
    "council",
    "from_hierarchy",
    "from_table",
    "lowest_counts",
    "precision",
    "profile",
    "suppress",
]
