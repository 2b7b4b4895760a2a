"""``jsna check``."""

from __future__ import annotations

import click


@click.command()
def check() -> None:
    """Say what is declared and cannot work: every fault, with file, line and remedy."""
    from send_jsna.errors import CatalogueError
    from send_jsna.runs import checking
    from send_jsna.settings import get_settings

    checked = checking.check(get_settings())
    for line in checked.lines:
        click.echo(line, err=True)
    if checked.lines:
        count = len(checked.lines)
        rest = "" if checked.is_whole else "; the rest is checked once the catalogue can be read"
        raise CatalogueError(
            f"{count} fault{'s' if count > 1 else ''} in {checked.files} declared files",
            remedy=f"correct {'them' if count > 1 else 'it'}{rest}",
        )
    click.echo(f"{checked.files} declared files checked.")
