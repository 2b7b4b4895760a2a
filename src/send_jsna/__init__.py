"""Builds a council's SEND joint strategic needs assessment, with every figure traceable."""

__version__ = "0.1.0"
