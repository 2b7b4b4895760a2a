"""The disclosure profile that the settings choose."""

from __future__ import annotations

from send_jsna.disclosure.methods import Profile, profile
from send_jsna.errors import SettingsError
from send_jsna.settings import Settings


def chosen_profile(settings: Settings) -> Profile:
    """The rules small counts are withheld by.

    Raises:
        SettingsError: There is no such profile, or the smallest count would be lower than the profile's.
    """
    try:
        return profile(settings.disclosure, settings.smallest_count)
    except ValueError as error:
        raise SettingsError(
            str(error), where="settings", remedy="correct JSNA_DISCLOSURE or JSNA_SMALLEST_COUNT"
        ) from error
