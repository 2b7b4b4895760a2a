"""Fetching publishers' files over HTTP: from listed hosts, within limits, tried again, resumed, checked.

What comes is kept as received. Reading is for :mod:`send_jsna.sources`, keeping for
:mod:`send_jsna.ingest.snapshots`.
"""

from send_jsna.ingest.http.client import Client
from send_jsna.ingest.http.model import Fetched, Limits, Validators
from send_jsna.ingest.http.unpacking import check_unpacks, open_unpacked, sniff, sniff_bytes, sniff_unpacked

__all__ = [
    "Client",
    "Fetched",
    "Limits",
    "Validators",
    "check_unpacks",
    "open_unpacked",
    "sniff",
    "sniff_bytes",
    "sniff_unpacked",
]
