"""What every entry of the catalogue's lists is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

#: It becomes part of files' names, which are 255 bytes long at most.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=120)]


class Entry(BaseModel):
    """An entry of one of the lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)
