"""Builds a council's SEND joint strategic needs assessment, with every figure traceable."""

import logging

__version__ = "0.1.0"

logging.getLogger("send_jsna").addHandler(logging.NullHandler())  # to a run's log, never to the console
