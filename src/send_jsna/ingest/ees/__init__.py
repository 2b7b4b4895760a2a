"""The interface of Explore Education Statistics."""
