"""``jsna cache``: what steps of earlier runs made, and its removal."""

from __future__ import annotations

import click


@click.group(invoke_without_command=True)
@click.pass_context
def cache(context: click.Context) -> None:
    """What earlier runs made that a refresh uses again; ``jsna cache clear`` removes it."""
    from send_jsna.cache import Store
    from send_jsna.settings import get_settings

    settings = get_settings()
    context.obj = store = Store(settings.cache, settings.cache_limit)
    if context.invoked_subcommand is not None:
        return
    sizes: dict[str, list[int]] = {}
    for entry in store.entries():
        sizes.setdefault(entry.step, []).append(entry.size)
    for step, found in sorted(sizes.items()):
        click.echo(f"{step:<14} {len(found):>6,} entries  {_mib(sum(found)):>10}")
    total = sum(map(sum, sizes.values()))
    click.echo(f"{_mib(total)} of at most {settings.cache_limit:,} MiB (JSNA_CACHE_LIMIT) in {store.folder}")


@cache.command("clear")
@click.pass_obj
def clear_cache(store: object) -> None:
    """Remove all of it; the next refresh makes everything."""
    from send_jsna.cache import Store

    assert isinstance(store, Store)
    click.echo(f"Removed {store.clear():,} entries from {store.folder}.")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"
