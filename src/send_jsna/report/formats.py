"""What a report is rendered as."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["html", "pdf", "docx"]

#: All of them, as a refresh makes them.
FORMATS: tuple[Format, ...] = get_args(Format)
