"""How a process becomes a kernel: it ends with its parent, and takes no more memory than it may.

An ordinary kernel is started as ``python -m send_jsna.execution.kernels.launch`` with the arguments of
``ipykernel_launcher``; a forked one calls :func:`restrict` and :func:`serve` itself.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from send_jsna import processes

#: MiB of memory a kernel may take; 0 sets no limit.
MEMORY = "JSNA_KERNEL_MEMORY"
#: Bytes a kernel may take beyond that to say that a cell has taken too much: it keeps what the cell took.
_TO_SAY_SO = 64 << 20


def restrict(parent: int) -> None:
    """Bind this process to its parent, and limit the memory it may take.

    The limit is one of private memory that can be written (``RLIMIT_DATA``), all of which Linux counts:
    libraries reserve far more addresses than they use, so that a limit of addresses would have to be large.

    Args:
        parent: Process id of the process that started this one.
    """
    processes.end_with(parent)
    limit = int(os.environ.get(MEMORY, "0")) << 20
    if limit:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def serve(arguments: Sequence[str]) -> None:
    """Be a kernel until it is stopped.

    Args:
        arguments: Those of ``ipykernel_launcher``.
    """
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *arguments]
    application: Any = IPKernelApp.instance()
    application.initialize(list(arguments))
    application.shell.set_custom_exc((MemoryError,), _say_so)
    application.start()


def _say_so(
    shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None
) -> None:
    with _more_memory():
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


@contextmanager
def _more_memory() -> Iterator[None]:
    limit, most = resource.getrlimit(resource.RLIMIT_DATA)
    if limit != resource.RLIM_INFINITY:
        more = limit + _TO_SAY_SO if most == resource.RLIM_INFINITY else min(limit + _TO_SAY_SO, most)
        resource.setrlimit(resource.RLIMIT_DATA, (more, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def main() -> None:
    """Become a kernel."""
    restrict(int(os.environ.get("JPY_PARENT_PID") or os.getppid()))
    serve(sys.argv[1:])


if __name__ == "__main__":
    main()
