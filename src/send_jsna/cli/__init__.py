"""The command line: ``jsna …``.

A fault is one line on standard error and the exit code ``docs/exit-codes.md`` gives for it; the traceback
goes to a log. Each command imports what it needs when it is run, so that ``jsna --help`` answers at once.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from send_jsna import __version__
from send_jsna.cli.audit import claims, runs_command, trace, validate, verify
from send_jsna.cli.build import publish, rebuild, refresh
from send_jsna.cli.cache import cache
from send_jsna.cli.check import check
from send_jsna.cli.edit import notebook, render
from send_jsna.cli.fetch import fetch, sources
from send_jsna.cli.maintain import catalogue, edition, notebooks
from send_jsna.cli.serve import serve
from send_jsna.errors import JsnaError, OrchestratorError, StorageError

USAGE = 2
INTERRUPTED = 130
TERMINATED = 143
_PATIENCE = 30.0  # seconds

#: Bytes of a file's name at most, on every system this runs on.
LONGEST_NAME = 255


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="jsna")
def jsna() -> None:
    """Build a SEND joint strategic needs assessment, and trace every figure of it."""


for command in (
    refresh,
    rebuild,
    publish,
    render,
    notebook,
    check,
    sources,
    fetch,
    trace,
    verify,
    validate,
    claims,
    runs_command,
    cache,
    edition,
    notebooks,
    catalogue,
    serve,
):
    jsna.add_command(command)


class _Terminated(KeyboardInterrupt):
    """The process was asked to end."""


def run(arguments: Sequence[str], *, patience: float | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows ``jsna`` on the command line.
        patience: Seconds after a signal in which the whole process must have ended; it is given up then.

    Returns:
        The exit code.
    """
    if any(_is_too_long(argument) for argument in arguments):
        _say(f"an argument has a name of more than {LONGEST_NAME} bytes; expected one that a file can have")
        return USAGE
    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, _ending(_Terminated, TERMINATED, patience)),
        signal.SIGINT: signal.signal(signal.SIGINT, _ending(KeyboardInterrupt, INTERRUPTED, patience)),
    }
    if before[signal.SIGINT] is signal.SIG_IGN:  # as the shell that started us in the background wants it
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Not through click's own main, which prints an empty line for Ctrl-C and takes SIGTERM for it.
        with jsna.make_context("jsna", list(arguments)) as context:
            jsna.invoke(context)
    except JsnaError as error:
        _say(error.line())
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        _say(" ".join(error.format_message().split()).rstrip(".") + "; see jsna --help")
        return error.exit_code
    except click.exceptions.Exit as wish:
        return wish.exit_code
    except _Terminated:
        _say("ended by a signal; nothing of it is kept")
        return TERMINATED
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing of it is kept")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the rest has no reader
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            _say("a path is longer than the system takes; expected a shorter one for a folder that was set")
            return StorageError.exit_code
        text = " ".join(f"{error.__class__.__name__}: {error}".split())
        _say(f"unexpected fault: {text[:300]}; the details are in {_write_traceback(error)}")
        return 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _is_too_long(argument: str) -> bool:
    """Whether no file could have a name in an argument: an option's value, a path's part."""
    _, _, value = argument.rpartition("=") if argument.startswith("--") else ("", "", argument)
    return any(len(os.fsencode(part)) > LONGEST_NAME for part in value.split("/"))


def main() -> None:
    """The ``jsna`` command."""
    code = run(sys.argv[1:], patience=_PATIENCE)
    if code == OrchestratorError.exit_code:
        # At its end Prefect waits a minute for the stopped server, to send messages that are of no use.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        atexit._run_exitfuncs()
        os._exit(code)
    sys.exit(code)


def _ending(
    exception: type[KeyboardInterrupt], code: int, patience: float | None
) -> Callable[[int, FrameType | None], None]:
    """What a signal does: it ends the command, and the process too where something in it never answers."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if patience is not None:
            watch = threading.Timer(patience, _give_up, (code,))
            watch.daemon = True
            watch.start()
        raise exception

    return handle


def _give_up(code: int) -> None:
    """End a process that a thread of a library keeps from ending; what it leaves, the next run removes."""
    _say("ended by a signal; something did not answer and was given up")
    atexit._run_exitfuncs()
    os._exit(code)


def _say(line: str) -> None:
    click.echo(f"jsna: {line}", err=True)


def _write_traceback(error: Exception) -> Path:
    """Write the traceback where runs keep their logs, else into the system's folder for temporary files."""
    from send_jsna.settings import get_settings

    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-error.log"
    text = "".join(traceback.format_exception(error))
    try:
        folder = get_settings().runs_folder / ".logs"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name
    except (OSError, JsnaError):
        with tempfile.NamedTemporaryFile("w", suffix=f"-{name}", delete=False, encoding="utf-8") as file:
            file.write(text)
        return Path(file.name)
