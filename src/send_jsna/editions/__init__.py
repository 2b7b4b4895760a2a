"""Frozen observations: making an edition, checking it, opening it."""
