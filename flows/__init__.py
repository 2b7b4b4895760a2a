"""Prefect flows: they call the package and hold no logic of their own."""
