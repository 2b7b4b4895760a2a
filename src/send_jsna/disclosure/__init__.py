"""Statistical disclosure control: profiles, suppression, and the attacker that checks it. Pure functions."""

from send_jsna.disclosure.attacker import Exposure, Fact, Hidden, attack
from send_jsna.disclosure.model import Relation
from send_jsna.disclosure.profiles import PROFILES, Profile, State, council, profile
from send_jsna.disclosure.suppression import Pattern, suppress

__all__ = [
    "PROFILES",
    "Exposure",
    "Fact",
    "Hidden",
    "Pattern",
    "Profile",
    "Relation",
    "State",
    "attack",
    "council",
    "profile",
    "suppress",
]
