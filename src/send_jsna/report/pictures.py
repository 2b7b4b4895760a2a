"""The charts as Word needs them: PNG files beside the SVG files that the notebooks drew.

Without a second program pandoc puts no SVG into a Word document, so the pictures are made where the document
is made, from the very files that the pages and the PDF show.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from send_jsna.errors import ReportError

#: The font the charts are laid out with; it comes with matplotlib.
FONT = "DejaVu Sans"
_PIXELS_AN_INCH = 200


def font_folder() -> Path:
    """The fonts that come with matplotlib: the charts are drawn with them, and every machine has the same."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def picture_name(svg: str) -> str:
    """File name of the PNG of a chart, from that of its SVG; empty where there is none."""
    return f"{svg.removesuffix('.svg')}.png" if svg else ""


def write_pictures(folder: Path) -> list[Path]:
    """Write the PNG of each chart that the report shows, the same bytes for the same SVG.

    Args:
        folder: The run's copy of the Quarto project, with ``_generated/report.json`` and ``figures``.

    Returns:
        The files.

    Raises:
        ReportError: The SVG of a chart is missing, or no picture can be made of it.
    """
    data = json.loads((folder / "_generated" / "report.json").read_text(encoding="utf-8"))
    # A refused chart keeps its number and has no picture: what is in its place says why.
    shown = [
        figure["svg"]
        for figure in data["figures"].values()
        if figure["svg"] and figure["label"] and not figure["refused"]
    ]
    for svg in shown:
        if not (folder / "figures" / svg).is_file():
            raise ReportError(
                f"chart {svg.removesuffix('.svg')} has no picture",
                where=folder / "figures" / svg,
                remedy="build the run again",
            )
    files = [folder / "figures" / picture_name(svg) for svg in shown]
    for file, picture in zip(files, _drawn(folder, shown), strict=True):
        file.write_bytes(picture)
    return files


def _drawn(folder: Path, svgs: Sequence[str]) -> list[bytes]:
    """The pictures of some SVG files, each a page of one typst document.

    Raises:
        ReportError: One of them cannot be drawn.
    """
    import typst

    if not svgs:
        return []
    head = f'#set page(width: auto, height: auto, margin: 0pt)\n#set text(font: "{FONT}")\n'
    pages = "\n#pagebreak()\n".join(f'#image("/figures/{svg}")' for svg in svgs)
    try:
        made = typst.compile(  # type: ignore[call-overload]  # its stub wants all paths of the input's type
            (head + pages).encode(),
            root=str(folder),
            format="png",
            ppi=_PIXELS_AN_INCH,
            font_paths=[str(font_folder())],
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        if len(svgs) > 1:  # find the one it is
            return [picture for svg in svgs for picture in _drawn(folder, [svg])]
        chart, reason = svgs[0].removesuffix(".svg"), " ".join(str(error).split())
        raise ReportError(
            f"no picture for Word can be made of chart {chart}: {reason}",
            where=folder / "figures" / svgs[0],
            remedy="correct the chart in its notebook",
        ) from error
    return [made] if isinstance(made, bytes) else list(made)
