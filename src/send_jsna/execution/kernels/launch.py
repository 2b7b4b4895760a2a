"""What a kernel does before it is one: it ends with its parent, and takes no more memory than it may.

An ordinary kernel is started as ``python -m send_jsna.execution.kernels.launch`` with the arguments of
``ipykernel_launcher``; a forked one calls :func:`restrict` itself.
"""

from __future__ import annotations

import os
import resource
import sys

from send_jsna import processes

#: MiB of memory a kernel may take; 0 sets no limit.
MEMORY = "JSNA_KERNEL_MEMORY"


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


def main() -> None:
    """Become a kernel."""
    restrict(int(os.environ.get("JPY_PARENT_PID") or os.getppid()))
    from ipykernel.kernelapp import launch_new_instance

    sys.argv[0] = "ipykernel_launcher"
    launch_new_instance()


if __name__ == "__main__":
    main()
