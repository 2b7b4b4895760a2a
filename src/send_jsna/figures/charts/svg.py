"""Drawing a figure as SVG in matplotlib's way, with each text measured once in a process."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.textpath import text_to_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

#: Dots per inch of an SVG: its lengths are in points.
_DPI = 72
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class _Renderer(RendererSVG):
    """As matplotlib's, which measures the texts of each figure anew; charts have most in common."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        return _extent(s, prop, ismath)


@lru_cache(maxsize=4096)
def _extent(text: str, font: FontProperties, is_math: Any) -> tuple[float, float, float]:
    """Width, height and descent of a text, in points."""
    return text_to_path.get_text_width_height_descent(text, font, is_math)


def draw(figure: Figure) -> str:
    """The figure as SVG, on white: the same text as ``savefig`` writes."""
    figure.set_dpi(_DPI)
    figure.set_facecolor("white")
    width, height = figure.get_size_inches() * _DPI
    file = io.StringIO()
    renderer: Any = _Renderer(width, height, file, image_dpi=_DPI, metadata=_NO_METADATA)  # type: ignore[no-untyped-call]
    figure.draw(renderer)
    renderer.finalize()
    return file.getvalue()
