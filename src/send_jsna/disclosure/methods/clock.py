"""A limit of processor time that stops a search, and never steers it."""

from __future__ import annotations

import time
from dataclasses import dataclass


class OutOfTime(Exception):
    """A search took longer than it may; what it has found so far depends on the machine, and is not used."""


@dataclass(frozen=True)
class Clock:
    """When a search has to stop.

    Attributes:
        end: By ``time.process_time``.
    """

    end: float

    @classmethod
    def of(cls, seconds: float) -> Clock:
        """So many seconds of processor time from now."""
        return cls(time.process_time() + seconds)

    @property
    def left(self) -> float:
        """Seconds left.

        Raises:
            OutOfTime: There are none.
        """
        left = self.end - time.process_time()
        if left <= 0:
            raise OutOfTime
        return left

    def check(self) -> None:
        """Stop the search if its time is up.

        Raises:
            OutOfTime: It is.
        """
        _ = self.left
