"""The notebook cell that is being executed."""

from __future__ import annotations

from typing import Any


def notebook_shell() -> Any:
    """The shell of the notebook this runs in; None outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def cell_number(shell: Any) -> int:
    """The number of the cell that is being executed, as the notebook shows it.

    The history of inputs ends with the running cell. The shell's own count does not say: from IPython 9 on it
    is raised before the cell is run, until then it was raised after.
    """
    return len(shell.history_manager.input_hist_parsed) - 1
