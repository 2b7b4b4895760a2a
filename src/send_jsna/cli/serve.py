"""``jsna serve``: a Prefect server that stays, so that refreshes start at once and schedules are kept."""

from __future__ import annotations

import click


@click.command()
@click.option("--port", default=4200, show_default=True, help="Port on 127.0.0.1.")
@click.option("--stop", is_flag=True, help="Stop the server that was left running.")
def serve(port: int, stop: bool) -> None:
    """Leave a Prefect server running on loopback."""
    from send_jsna.runs.server.finding import KEY_FILE, prepare_environment, stop_serving
    from send_jsna.runs.server.finding import serve as start
    from send_jsna.settings import get_settings

    state = get_settings().project_root / ".state"
    if stop:
        stopped = stop_serving(state)
        click.echo(f"Stopped the server at {stopped.api}." if stopped else "No server was left running.")
        return
    prepare_environment(state)
    server, is_new = start(state, port)
    page = server.api.removesuffix("/api")
    state_now = "Left" if is_new else "Already"
    click.echo(f"{state_now} running: {page} (process {server.pid}); stop it with jsna serve --stop")
    click.echo(f"The page asks for the key in {state / KEY_FILE}.")
