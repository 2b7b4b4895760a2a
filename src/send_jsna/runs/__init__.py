"""A run: what is asked for, the stages, the folder, the locks."""
