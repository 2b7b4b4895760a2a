"""Evidence of its own kind: EHC plans, needs, placements, waits, services, voice."""
