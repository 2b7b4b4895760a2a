"""From a figure back to the bytes it was made of, what changed between two runs, and the manifest."""
