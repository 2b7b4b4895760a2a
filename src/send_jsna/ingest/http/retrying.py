"""How a request is sent again: after which faults, how often, and after which waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from send_jsna.errors import FetchError
from send_jsna.ingest.http.faults import TransientError
from send_jsna.ingest.http.model import Limits
from send_jsna.ingest.http.policy import Deadline, backoff


@dataclass(frozen=True)
class Retries:
    """The tries of one fetch.

    Attributes:
        limits: How often, and how long a wait may be.
        deadline: The end of the fetch's time; no wait goes beyond it.
        where: The address, for messages.
        closed: Set when the client is closed, which ends a wait.
    """

    limits: Limits
    deadline: Deadline
    where: str
    closed: threading.Event

    def retrying(self, after: Callable[[RetryCallState], None]) -> Retrying:
        """What calls a function until it succeeds, cannot succeed, or the tries or the time are used up.

        Args:
            after: Called after each try that ended in a fault that may pass.
        """
        return Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=self._seconds,
            stop=self._is_last,
            sleep=self._sleep,
            after=after,
            retry_error_callback=self._give_up,
        )

    def _seconds(self, state: RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, else more after each try."""
        asked = fault_of(state).retry_after
        return asked if asked is not None else backoff(state.attempt_number, self.limits.wait_max_seconds)

    def _asks_too_long(self, state: RetryCallState) -> bool:
        return (fault_of(state).retry_after or 0) > self.limits.wait_max_seconds

    def _is_last(self, state: RetryCallState) -> bool:
        if self._asks_too_long(state) or state.attempt_number >= self.limits.tries:
            return True
        return state.upcoming_sleep >= self.deadline.left

    def _sleep(self, seconds: float) -> None:
        if self.closed.wait(seconds):
            raise FetchError("the fetch was given up", where=self.where, remedy="start it again")

    def _give_up(self, state: RetryCallState) -> NoReturn:
        """Say why there is no further try.

        Raises:
            FetchError: Always.
        """
        fault, tries = fault_of(state), state.attempt_number
        if self._asks_too_long(state):
            what = f"{fault.what}, and asks to wait {fault.retry_after:.0f} s"
            expected = f"a wait of at most {self.limits.wait_max_seconds:g} s"
            remedy = "try again after that time"
        elif tries == self.limits.tries:
            what = f"{fault.what} ({tries} tries)" if tries > 1 else fault.what
            expected, remedy = fault.expected, fault.remedy or "try again later"
        else:
            what = f"{fault.what}, and there is no time left for another try"
            expected = f"an answer within {self.deadline.seconds:g} s"
            remedy = "try again later, or allow more time"
        raise FetchError(
            what, where=self.where, expected=expected, remedy=remedy, status=fault.status
        ) from fault


def fault_of(state: RetryCallState) -> TransientError:
    """The fault a try ended in.

    Raises:
        TypeError: It did not end in a fault that may pass.
    """
    fault = state.outcome and state.outcome.exception()
    if not isinstance(fault, TransientError):
        raise TypeError(f"{fault!r} is no fault after which a request is sent again")
    return fault
