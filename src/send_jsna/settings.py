"""One typed settings object; each value can be set by an environment variable beginning ``JSNA_``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from send_jsna.errors import SettingsError
from send_jsna.files import is_name
from send_jsna.places import EDITION, RUNS, find_project_root


class Settings(BaseSettings):
    """Where things are and how a run behaves."""

    model_config = SettingsConfigDict(env_prefix="JSNA_", extra="ignore")

    project_root: Path = Field(default_factory=find_project_root, description="the checkout")
    runs: Path | None = Field(
        default=None, description="where run folders go (default: runs/ in the checkout)"
    )
    area: str = Field(
        default="E08000026", description="area a refresh reports on, by ONS code, DfE number or name"
    )
    edition: str = Field(default=EDITION, description="edition a refresh reads")
    neighbours: str = Field(default="dfe-2025-05", description="version of the statistical neighbours list")
    workers: int = Field(default=2, ge=1, le=16, description="notebooks executed at once")
    notebook_timeout: int = Field(default=600, ge=10, description="seconds a notebook cell may take")
    kernel_memory: int = Field(
        default=4096, ge=0, description="MiB of memory a notebook's kernel may take; 0 sets no limit (Linux)"
    )
    state: Path | None = Field(
        default=None,
        description="where snapshots and unreleased editions go (default: .state/ in the checkout)",
    )
    cache_limit: int = Field(
        default=2048, ge=0, description="MiB the cache of steps may take; 0 stores nothing"
    )
    contact: str = Field(default="", description="address publishers can write to, sent with every request")
    disclosure: str = Field(default="council", description="disclosure profile the report is made under")
    scope: Literal["unpublished", "all"] = Field(
        default="unpublished",
        description="what the disclosure profile is applied to: what no publisher has released, or all",
    )
    smallest_count: int | None = Field(
        default=None,
        description="smallest count of children shown, where it is to be higher than the profile's",
    )
    quarto: str = Field(default="quarto", description="the quarto command, by name or path")

    @property
    def runs_folder(self) -> Path:
        """Folder of the run folders and ``latest``."""
        return (self.runs or self.project_root / RUNS).resolve()

    @property
    def state_folder(self) -> Path:
        """Folder of the snapshots and the unreleased editions."""
        return (self.state or self.project_root / ".state").resolve()

    def check(self) -> None:
        """Refuse settings that no run can be made with, before anything is begun.

        Raises:
            SettingsError: One of them is not what it can be.
        """
        if not is_name(self.neighbours):
            raise SettingsError(
                f"{self.neighbours[:60]!r} is no version of the neighbours",
                where="settings",
                remedy="correct JSNA_NEIGHBOURS",
            )

    @property
    def snapshots(self) -> Path:
        """Publishers' bytes, under their SHA-256."""
        return self.state_folder / "snapshots"

    @property
    def unreleased(self) -> Path:
        """Editions made for runs from what publishers have at the time."""
        return self.state_folder / "editions"

    @property
    def cache(self) -> Path:
        """What steps of earlier runs made, by what they were made of."""
        return self.state_folder / "cache"

    @property
    def data(self) -> Path:
        """The project's declared data."""
        return self.project_root / "data"

    @property
    def editions(self) -> Path:
        """The frozen editions."""
        return self.data / "editions"

    @property
    def notebooks(self) -> Path:
        """The supplements' notebooks."""
        return self.project_root / "notebooks"

    @property
    def expectations(self) -> Path:
        """The Great Expectations project."""
        return self.project_root / "expectations"

    @property
    def reports(self) -> Path:
        """The Quarto book."""
        return self.project_root / "reports"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: A variable has a value its setting cannot take.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        name = f"JSNA_{'_'.join(map(str, wrong['loc']))}".upper()
        raise SettingsError(
            f"{name} is {str(wrong['input'])[:60]!r}: {wrong['msg'][:1].lower()}{wrong['msg'][1:]}",
            where="settings",
            remedy=f"correct the variable {name}, or remove it",
        ) from error
