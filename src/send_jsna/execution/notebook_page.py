"""An executed notebook as one accessible page that needs nothing but itself."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import Any

from send_jsna.cache import Key, Store, code_of, made_once
from send_jsna.execution import notebook_files
from send_jsna.files import sha256_of
from send_jsna.pages import CSS, template, template_hash

_TEMPLATE = "notebook.html.j2"

_CSS = """
.cell{margin:1.2rem 0}
.code{border-left:4px solid #6bace6;padding-left:.9rem}
.count{margin:0;font-size:.85rem;color:#3d3d3d}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;
font:.875rem/1.45 ui-monospace,Consolas,"Liberation Mono",monospace}
pre.source{background:#f3f4f5;padding:.6rem .8rem}
.k,.kn,.kc,.ow{color:#12436d;font-weight:600}.s1,.s2,.sa,.si,.sd{color:#801650}.c1{color:#4a5156}.mi,.mf{color:#155e57}
.output{margin:.6rem 0;overflow-wrap:anywhere}
.refused{border-left:4px solid #801650;padding:.3rem .8rem}
.jsna-note{font-size:.9rem}
figure{margin:.6rem 0}
figcaption{font-weight:600;margin-bottom:.4rem}
svg,img{max-width:100%;height:auto}
summary{min-height:24px;cursor:pointer}
summary:focus-visible{outline:3px solid #12436d;outline-offset:2px}
"""


def render_notebook_html(
    run_folder: Path, supplement: str, *, report_title: str = "The report", store: Store | None = None
) -> Path:
    """Write ``notebooks/<supplement>.html`` of a run: the executed notebook for a reader.

    Each cell is an anchor, ``cell-<cell id>``, for the audit entries to link to. The page loads nothing and
    runs no script.

    Args:
        run_folder: Folder with the executed notebook in ``notebooks/``.
        supplement: Its id.
        report_title: Title of the report the page belongs to, for the way back.
        store: Has pages that were made before, and gets this one; None makes it.

    Returns:
        The page.
    """
    folder = run_folder / "notebooks"
    path, executed = folder / f"{supplement}.html", folder / f"{supplement}.ipynb"

    def key() -> Key:
        parts = {_TEMPLATE: template_hash(_TEMPLATE), "notebook": sha256_of(executed), "title": report_title}
        return Key("notebook_page", supplement, code_of([__name__]) | parts)

    def make() -> list[str]:
        path.write_text(_page(executed, supplement, report_title), encoding="utf-8")
        return [path.name]

    made_once(store, key, folder, make)
    return path


def _page(executed: Path, supplement: str, report_title: str) -> str:
    notebook = notebook_files.read(executed)
    cells = [_cell(cell) for cell in notebook["cells"] if notebook_files.source(cell).strip()]
    _order_headings(cells, supplement)
    titles = re.findall(r"<h1>(.*?)</h1>", "".join(cell["html"] for cell in cells), flags=re.DOTALL)
    return template(_TEMPLATE).render(
        title=unescape(re.sub(r"<[^>]+>", "", titles[0])),
        supplement=supplement,
        report_title=report_title,
        cells=cells,
        css=CSS + _CSS,
    )


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    text = notebook_files.source(cell)
    if cell["cell_type"] != "code":
        return {"kind": "markdown", "id": cell["id"], "html": _safe(_markdown(text)), "outputs": []}
    number = cell["execution_count"]
    outputs = [_output(output, number or cell["id"]) for output in cell["outputs"]]
    return {
        "kind": "code",
        "id": cell["id"],
        "number": number,
        "html": _python(text),
        "outputs": [output for output in outputs if output],
    }


def _markdown(text: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer: Any = IPythonRenderer(escape=False, exclude_anchor_links=True)
    html = str(MarkdownWithMath(renderer=renderer).render(text))
    html = re.sub(r"<h(\d)\b[^>]*>", r"<h\1>", html)  # ids made from headings could be duplicates
    return _tables(html, "Table")


def _python(text: str) -> str:
    from nbconvert.filters.highlight import Highlight2HTML

    highlight: Any = Highlight2HTML  # has no type hints
    html = str(highlight(pygments_lexer="python")(text))
    return re.sub(r"</?(div|pre)\b[^>]*>|<span></span>", "", html).rstrip("\n")


def _output(output: dict[str, Any], number: int | str) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return f"<pre>{escape(_text(output['text']))}</pre>"
    if kind == "error":
        if output["ename"] == "FailedValidationError":
            return f'<p class="refused">{escape(output["evalue"])}</p>'
        message = escape(f"{output['ename']}: {output['evalue']}")
        trace = escape("\n".join(output["traceback"]))
        return f'<p class="refused">{message}</p><pre>{trace}</pre>'
    data = output["data"]
    if "text/html" in data:
        return _tables(_safe(_text(data["text/html"])), f"Output of cell {number}")
    if "image/svg+xml" in data:
        return _safe(_text(data["image/svg+xml"]))
    if "image/png" in data:
        # A picture that was not published has no text alternative; a published chart brings its own.
        image = _text(data["image/png"]).replace("\n", "")
        alt = f"Picture made by cell {number}, not part of the report"
        return f'<img src="data:image/png;base64,{image}" alt="{alt}">'
    if "text/markdown" in data:
        return _safe(_markdown(_text(data["text/markdown"])))
    return f"<pre>{escape(_text(data.get('text/plain', '')))}</pre>"


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _safe(html: str) -> str:
    """The HTML without scripts, styles of its own and anything that would be loaded."""
    html = re.sub(r"<(script|style|iframe|object)\b.*?</\1\s*>", "", html, flags=re.DOTALL | re.IGNORECASE)
    html = re.sub(r"<(link|meta|base|embed)\b[^>]*>", "", html, flags=re.IGNORECASE)
    html = re.sub(r"\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", "", html, flags=re.IGNORECASE)
    return re.sub(r"<img\b[^>]*\ssrc=[\"']?(?!data:)[^>]*>", "", html, flags=re.IGNORECASE)


def _tables(html: str, name: str) -> str:
    """Give tables header cells with scope, and a frame that scrolls and can be reached by keyboard."""
    return re.sub(r"<table\b.*?</table>", lambda match: _table(match[0], name), html, flags=re.DOTALL)


def _table(html: str, name: str) -> str:
    html = re.sub(r"<table\b[^>]*>", "<table>", html)
    html = re.sub(r"<tr\b[^>]*>", "<tr>", html)
    html = re.sub(r"<th(?:\s[^>]*)?>\s*</th>", "<td></td>", html)
    head, mark, body = html.partition("</thead>")
    head = re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])", '<th scope="col"', head)
    body = re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])", '<th scope="row"', body)
    caption = re.search(r"<caption>(.*?)</caption>", html, flags=re.DOTALL)
    label = re.sub(r"<[^>]+>", "", caption[1]) if caption else escape(name)
    frame = f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">'
    return f"{frame}{head}{mark}{body}</div>"


def _order_headings(cells: list[dict[str, Any]], supplement: str) -> None:
    """Leave one heading of the first level and no gap between levels."""
    level = 0

    def fix(match: re.Match[str]) -> str:
        nonlocal level
        wanted = int(match[1])
        level = 1 if level == 0 else max(2, min(wanted, level + 1))
        return f"<h{level}>{match[2]}</h{level}>"

    for cell in cells:
        if cell["kind"] == "markdown":
            cell["html"] = re.sub(r"<h([1-6])>(.*?)</h\1>", fix, cell["html"], flags=re.DOTALL)
    if level == 0:
        cells.insert(0, {"kind": "markdown", "id": "page-title", "html": f"<h1>{escape(supplement)}</h1>"})
