"""Publishers' bytes as they came: fetching, storing, opening, and checking what changed."""
