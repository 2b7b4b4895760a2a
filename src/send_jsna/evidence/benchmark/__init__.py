"""Where an area lies against others."""
