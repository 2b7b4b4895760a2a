"""What the catalogue says of a publisher's table to the reader of it: `table` of a source."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableCells(_Part):
    """Which cells of a table are read, for the readers `send_dashboard` and `authority_table`."""

    label: str = Field(description="template of the label, filled from the row's cells, such as `{category}`")
    value: str = Field(description="column of the value")
    period: str = Field(
        default="academic_year",
        description="column of the period; behind `=` the period itself, of a table that does not print it",
    )
    numerator: str = Field(default="", description="column of the numerator, if there is one")
    denominator: str = Field(default="", description="column of the denominator, if there is one")


class KeptBreakdowns(_Part):
    """Of which indicators every breakdown of a file is kept, for the reader `sen2`."""

    indicators: list[str] = Field(
        min_length=1,
        description="indicators kept for every age, sex and ethnicity; of others only totals are",
    )
    everywhere: bool = Field(
        default=False,
        description="whether for every area, not only the edition's own, its region and England",
    )


class AreaColumns(_Part):
    """Which columns of a table say whose a row is, for the reader `authority_table`."""

    code: str = Field(default="", description="ONS code")
    number: str = Field(default="", description="number of the local authority")
    name: str = Field(default="", description="name of the local authority")
    body: str = Field(default="", description="code of an NHS body, or England")


class TableLayout(_Part):
    """What is kept of a table, and which of the tables that its reader knows it is."""

    form: str = Field(
        default="", description="which of the tables that its reader knows it is, where it knows several"
    )
    keep: dict[str, list[str]] = Field(default={}, description="column to the values whose rows are kept")
    breakdown: str = Field(
        default="", description="template of a row's breakdown, such as `{phase}|{need}`; empty for totals"
    )
    decimals: int | None = Field(
        default=None, ge=0, description="most decimals that are shown of values printed with more"
    )
    area: AreaColumns | None = Field(
        default=None, description="columns that say whose a row is, for `authority_table`"
    )
    sheet: str = Field(
        default="", description="expression of the title of the sheet of a workbook, for `authority_table`"
    )
    summed: bool = Field(
        default=False,
        description="whether the rows of an area, such as its schools, are added up, for `authority_table`",
    )
    also_named: dict[str, str] = Field(
        default={},
        description="column the reader uses to its name in another layout of the same file, for `sen2`",
    )
    sums: dict[str, list[str]] = Field(
        default={},
        description="column the reader uses to the columns that another layout splits it into, for `sen2`",
    )
    later: list[str] = Field(
        default=[],
        description="columns that only later layouts have, and that no earlier file is asked for, for `sen2`",
    )
    cells: list[TableCells] = Field(
        default=[], description="cells that are read, for `send_dashboard` and `authority_table`"
    )
    breakdowns: KeptBreakdowns | None = Field(
        default=None, description="of which indicators breakdowns are kept, for `sen2`; else totals only"
    )
