"""What is to be expected, and how sure that is."""
