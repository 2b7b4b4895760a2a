"""What has changed over time, and how steadily."""
