"""What makes Jupyter use our kernels: provisioners, kernel specifications and managers."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import default

from send_jsna.execution import kernels
from send_jsna.execution.kernels.environment import CAN_FORK, LAUNCHER, environment, scratch
from send_jsna.execution.kernels.launch import MEMORY


class OwnProvisioner(LocalProvisioner):
    """Starts a kernel in the ordinary way, in our environment."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put our environment and working folder in place of the caller's."""
        manager: Any = self.parent
        memory = manager.owner.memory if manager.owner is not None else 0
        kwargs |= {"env": {**environment(), MEMORY: str(memory)}, "cwd": str(scratch.folder())}
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        info = await super().launch_kernel(cmd, **kwargs)
        self._note()
        return info

    def _note(self) -> None:
        manager: Any = self.parent
        if manager.owner is not None:
            manager.owner.add(self.process)


class WarmProvisioner(OwnProvisioner):
    """Forks a kernel from the warm process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork, with the arguments the launcher would get."""
        process = kernels.fork(cmd[len(LAUNCHER) :], kwargs["env"], kwargs["cwd"])
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        self.cwd = kwargs["cwd"]
        self._note()
        return self.connection_info


for _name, _class in (("jsna-own", OwnProvisioner), ("jsna-warm", WarmProvisioner)):
    KernelProvisionerFactory.provisioners[_name] = EntryPoint(
        _name, f"{__name__}:{_class.__name__}", KernelProvisionerFactory.GROUP_NAME
    )


class OwnKernelSpecs(KernelSpecManager):
    """Knows one kernel, whatever is asked for: this interpreter."""

    provisioner = "jsna-own"

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """This interpreter's kernel."""
        return KernelSpec(
            argv=[*LAUNCHER, "-f", "{connection_file}", "--IPKernelApp.matplotlib=inline"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": self.provisioner}},
        )


class WarmKernelSpecs(OwnKernelSpecs):
    """As :class:`OwnKernelSpecs`, forked from the warm process."""

    provisioner = "jsna-warm"


class OwnKernelManager(AsyncKernelManager):
    """Manages one kernel of ours, over sockets in a private folder where the system has them.

    Sockets that are files have names of our choosing: two kernels that start at once cannot take each
    other's, as they can with port numbers.
    """

    specs = OwnKernelSpecs
    owner: kernels.Session | None = None

    @classmethod
    def within(cls, session: kernels.Session) -> type[OwnKernelManager]:
        """The same kind of manager, whose kernels belong to a session."""
        return type(cls.__name__, (cls,), {"owner": session})

    @default("kernel_spec_manager")
    def _default_specs(self) -> KernelSpecManager:
        return self.specs()

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc" if CAN_FORK and scratch.fits_sockets() else "tcp"

    @default("ip")
    def _default_ip(self) -> str:
        return scratch.unique("") if self.transport == "ipc" else "127.0.0.1"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return scratch.unique(".json")


class WarmKernelManager(OwnKernelManager):
    """As :class:`OwnKernelManager`, with a kernel forked from the warm process."""

    specs = WarmKernelSpecs
