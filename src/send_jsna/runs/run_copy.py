"""What a scratch folder takes of a finished run, and of another scratch folder of the same run."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Sequence
from pathlib import Path

from send_jsna.catalogue import neighbourhoods
from send_jsna.catalogue.areas import Areas
from send_jsna.errors import (
    DataError,
    DuplicateFigureError,
    IntegrityError,
    NotebookError,
    UnknownEditionError,
)
from send_jsna.figures.records import ABSENCES, FigureRecord, read_figures
from send_jsna.figures.run_context import (
    CONTEXT,
    DISCLOSURE,
    OBSERVATIONS,
    SupplementContext,
    read_context,
    read_observations,
)
from send_jsna.files import write_json
from send_jsna.provenance.lineage import EDITION
from send_jsna.runs import scratch
from send_jsna.runs.inputs import corrected, open_edition
from send_jsna.runs.report_parts import CLAIMS
from send_jsna.runs.scratch import ScratchRecord
from send_jsna.settings import Settings

NOTEBOOKS = "notebooks"
FIGURES = "figures"

#: Folders of a run that its notebooks write.
_OF_NOTEBOOKS = (FIGURES, NOTEBOOKS, ABSENCES)


def known_notebook(settings: Settings, name: str) -> str:
    """The id of a declared notebook, from its id or the name of its file.

    Raises:
        NotebookError: No supplement has it; with those that are nearly named so.
    """
    from send_jsna.catalogue.loading import load_catalogue

    wanted = Path(name).stem if name.endswith(".ipynb") else name
    known = list(load_catalogue(settings.data / "catalogue").supplements)
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "declare it in data/catalogue/supplements.yaml"
    raise NotebookError(f"no notebook {wanted[:60]!r}", expected="one of " + ", ".join(known), remedy=hint)


def figures_of(folder: Path, notebook: str) -> dict[str, FigureRecord]:
    """The figures a notebook published in a run or a scratch folder, by id; refused ones have a reason."""
    published, refused = read_figures(folder)
    return {key: record for key, record in (refused | published).items() if record.notebook == notebook}


def is_edited(settings: Settings, notebook: str, folder: Path) -> bool:
    """Whether a notebook of the project has other cells than the one executed in a run or scratch folder.

    One that is missing or cannot be read counts as edited: whoever executes it is told what is wrong.
    """
    from send_jsna.execution import notebook_files
    from send_jsna.execution.plain_notebook import INJECTED

    def cells(folder: Path) -> list[tuple[str, str]]:
        found = notebook_files.read(folder / f"{notebook}.ipynb")["cells"]
        kept = [cell for cell in found if cell["id"] != INJECTED]
        return [(cell["cell_type"], notebook_files.source(cell)) for cell in kept]

    try:
        return cells(settings.notebooks) != cells(folder / NOTEBOOKS)
    except NotebookError:
        return True


def copy_run(run: Path, folder: Path, settings: Settings) -> None:
    """Copy everything of a run that its report is made of; folders as links, since they are only read."""
    copy_files(run, folder, settings, (CONTEXT, OBSERVATIONS, EDITION, DISCLOSURE, CLAIMS))
    for name in (*_OF_NOTEBOOKS, "validation"):
        if (run / name).is_dir():
            (folder / name).symlink_to(run / name)


def copy_files(run: Path, folder: Path, settings: Settings, names: Sequence[str]) -> None:
    """Copy files of a run; its context then names this project, whose data files are read."""
    for name in names:
        if not (run / name).is_file():
            raise IntegrityError(
                "missing",
                where=run / name,
                expected="a file that every finished run has",
                remedy="build the run again with jsna refresh",
            )
        shutil.copyfile(run / name, folder / name)
    if (run / neighbourhoods.FILE).is_file():
        shutil.copyfile(run / neighbourhoods.FILE, folder / neighbourhoods.FILE)
    context = read_context(folder)
    write_json(folder / CONTEXT, context.model_dump() | {"project_root": str(settings.project_root)})


def declare(folder: Path, settings: Settings, notebook: str) -> None:
    """Let a notebook of a scratch folder read what the project declares for it now, as a refresh would."""
    from send_jsna.catalogue.loading import load_catalogue

    entry = load_catalogue(settings.data / "catalogue").supplements[notebook]
    context = read_context(folder)
    context.supplements[notebook] = SupplementContext.of(entry)
    write_json(folder / CONTEXT, context.model_dump())


def copy_figures_of_others(run: Path, folder: Path, notebook: str) -> list[Path]:
    """Copy the records of the other notebooks' figures, so that none of their ids can be published again."""
    (folder / FIGURES).mkdir()
    published, refused = read_figures(run)
    names = [f"{key}.json" for key, record in published.items() if record.notebook != notebook]
    names += [f"{key}.refused.json" for key, record in refused.items() if record.notebook != notebook]
    return [Path(shutil.copyfile(run / FIGURES / name, folder / FIGURES / name)) for name in names]


def seal_again(folder: Path, settings: Settings) -> str:
    """Seal the counts that a finished run withholds, as they are while a run is built, for sums over them.

    Returns:
        Why there are none; empty where there are, or where the run withholds nothing.
    """
    from send_jsna import disclosure
    from send_jsna.disclosure import methods

    shown, context = read_observations(folder), read_context(folder)
    profile = methods.profile(context.disclosure, context.smallest_count)
    is_rounded = profile.rounding_base > 1
    if not is_rounded and not (shown["withheld"] != "").any():
        return ""
    try:
        edition = open_edition(settings, context.edition, context.area["code"])
        originals, _ = corrected(settings, edition, Areas(settings.data / "areas"))
        sealed = disclosure.taken_out(shown, originals, is_rounded=is_rounded)
    except (UnknownEditionError, DataError) as error:
        return error.what
    disclosure.seal(folder, sealed, {})
    return ""


def take_scratch(run: Path, folder: Path, settings: Settings, notebook: str) -> None:
    """Put the figures of a notebook's scratch execution in the place of the run's, in a copy of the run.

    Raises:
        NotebookError: There is none that can be used.
        DuplicateFigureError: Another notebook has a figure of the same id.
    """
    place = scratch.place_of(settings, "notebook", run, notebook)
    with scratch.being_built(place):
        _check_usable(place, settings)
        for part in _OF_NOTEBOOKS:
            if (folder / part).is_symlink():
                (folder / part).unlink()
                shutil.copytree(run / part, folder / part)
        for key, record in figures_of(folder, notebook).items():
            for path in (f"{key}.json", f"{key}.refused.json", *record.files.values()):
                (folder / FIGURES / path).unlink(missing_ok=True)
        (folder / ABSENCES / f"{notebook}.jsonl").unlink(missing_ok=True)
        known = {key: record for part in read_figures(folder) for key, record in part.items()}
        for key in figures_of(place.folder, notebook):
            if key in known:
                raise DuplicateFigureError(
                    f"figure {key} is already published by {known[key].notebook}.ipynb",
                    where=f"{notebook}.ipynb",
                    expected="one figure for each id",
                    remedy="rename one of the two",
                )
        for part in _OF_NOTEBOOKS:
            if (place.folder / part).is_dir():
                shutil.copytree(place.folder / part, folder / part, dirs_exist_ok=True)


def _check_usable(place: scratch.Place, settings: Settings) -> None:
    """Refuse a scratch execution that is missing, of another run, failed, or of another notebook than now."""
    record = scratch.read_record(place.folder)
    remedy = f"run jsna notebook {place.notebook} {place.run.name} first"
    why = ""
    if record is None:
        why = "it was not executed on this run"
    elif record.manifest != ScratchRecord.of(place.run).manifest:
        why = "it was executed on another run of this name"
    elif record.failed:
        why = f"its last execution failed: {record.failed}"
    elif record.left_out:
        why = f"figures made of withheld counts were left out: {record.left_out}"
        remedy = "run jsna refresh"
    elif is_edited(settings, place.notebook, place.folder):
        why = "it was edited after it was executed"
    if why:
        raise NotebookError(
            f"{place.notebook} cannot be taken from its scratch execution: {why}",
            where=place.folder,
            remedy=remedy,
        )
