"""The limits of a case, and what no file may bring about: running, or looking elsewhere."""

import os
import resource
import sys
import sysconfig
from pathlib import Path

SECONDS = 5
"""Of processor time."""

BYTES = 10**9
"""Of memory beyond what the packages take."""

RUNS = (
    "pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty",
    "subprocess.Popen", "socket.connect", "socket.getaddrinfo", "ctypes.dlopen", "marshal.loads",
)  # fmt: skip
"""Events of Python's audit hooks that mean that something is run, or fetched."""

CODE = tuple(
    os.path.realpath(path)
    for path in (
        *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")),
        *filter(None, sys.path),
        Path(__file__).parents[2] / "inverse",
        "/dev/null", "/dev/urandom", "/proc", "/sys", "/usr/share", "/etc/localtime", "/etc/fonts",
    )
)  # fmt: skip
"""Where programs and their data are: reading them is no fault, nor is importing."""


class Watch:
    """Notes what happens while it is on; a case must work in its own ``folder`` alone."""

    def __init__(self):
        self.folder, self.seen = None, []
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.folder is None:
            return
        if event in RUNS and not self._importing():
            self.seen.append(f"{event} {str(arguments)[:200]}")
        elif event == "exec" and getattr(arguments[0], "co_filename", "").startswith("<string"):
            if not self._importing():
                self.seen.append(f"exec of {arguments[0].co_name}")
        elif event in ("open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.listdir"):
            self._look(event, arguments)

    def _importing(self):
        """Whether this is a module of ours, or of a package, that is imported late."""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
                return True
            frame = frame.f_back
        return False

    def _look(self, event, arguments):
        path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        place = os.path.realpath(os.fsdecode(path))
        writes = event not in ("open", "os.listdir") or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        )
        allowed = (self.folder, "/dev/null") if writes else (self.folder, *CODE)
        if not place.startswith(allowed) and not self._importing():
            self.seen.append(f"{event} {place[:200]}")


def limit_memory():
    """Let this process have but BYTES more than it has: what asks for more gets a MemoryError."""
    most = _of_status("VmSize:") + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def reset_peak():
    """Forget the largest memory so far."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def memory():
    """(bytes in use, the largest since `reset_peak`)."""
    return _of_status("VmRSS:"), _of_status("VmHWM:")


def _of_status(name):
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))
