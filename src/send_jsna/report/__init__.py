"""The report: the narrative checked, filled with the run's figures and rendered, by Quarto or by pandoc.

The chapters of ``reports/chapters/`` contain no numbers. They name figures, and one Lua filter, which both
engines use, puts in their values, their links to the audit and their captions.
"""

from __future__ import annotations

from send_jsna.report.assemble import assemble
from send_jsna.report.generated import RunFigures
from send_jsna.report.narrative import Narrative, check_uses, load_terms, number_figures, scan_chapters

__all__ = [
    "Narrative",
    "RunFigures",
    "assemble",
    "check_uses",
    "load_terms",
    "number_figures",
    "scan_chapters",
]
