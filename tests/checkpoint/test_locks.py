"""Locks end with their process, and on every kind of file system."""

import errno
import os
import subprocess
import sys

import pytest

import inverse
from inverse.checkpoint import Lock


def test_locks_end_with_their_process_and_not_with_its_children(tmp_path):
    """A killed process's children, which share the work, do not keep its lock."""
    source = (
        "import os, sys, time; from pathlib import Path; from inverse.checkpoint import Lock\n"
        "lock = Lock(Path(sys.argv[1]), 'it').__enter__()\n"
        "if os.fork() == 0: print('held', flush=True)\n"  # by now the child has let go
        "time.sleep(60)"
    )
    path = tmp_path / "lock"
    command = [sys.executable, "-c", source, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(inverse.OutputError, match=f"^it is in use by process {process.pid}$"):
            Lock(path, "it").__enter__()
        process.kill()
        process.wait()
        with Lock(path, "it"):
            os.killpg(process.pid, 9)
    assert not path.exists()


def test_a_lock_on_a_file_that_another_removes_is_tried_again(tmp_path, monkeypatch):
    path, lock = tmp_path / "lock", Lock(tmp_path / "lock", "it")
    real, calls = os.open, []

    def slow(*arguments):
        descriptor = real(*arguments)
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()  # its holder ends, after we have opened the file
        return descriptor

    monkeypatch.setattr(os, "open", slow)
    with lock:
        lock.demand()
        assert path.exists()
    assert len(calls) == 2


def test_file_systems_without_locks(tmp_path, monkeypatch):
    from inverse.checkpoint import lock

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", none)
    with Lock(tmp_path / "lock", "it"), Lock(tmp_path / "lock", "it"):
        pass
    monkeypatch.setattr(lock, "fcntl", None)
    with Lock(tmp_path / "lock", "it"):
        pass
    with pytest.raises(inverse.OutputError, match="cannot write into '.*none': No such file"):
        Lock(tmp_path / "none" / "lock", "it").__enter__()
