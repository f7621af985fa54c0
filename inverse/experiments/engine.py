"""Running an experiment: its units in any number of processes, each kept as soon as it is done."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from inverse.errors import InputError, InverseError, OutputError, ParameterError
from inverse.experiments import storage
from inverse.experiments.experiment import Experiment, Setting
from inverse.experiments.unit import Outcome, Unit
from inverse.kernels import single_threaded_blas

__all__ = ["Run", "refuse_earlier", "reproduce"]

THREADS = "INVERSE_NUM_THREADS"


class Run:
    """How a run went: by the name of a unit it, its outcome, and the seconds that it took.

    ``computed`` are the units of this run; the others were there from an earlier one.
    """

    def __init__(self, units: list[Unit]) -> None:
        self.units = {unit.name: unit for unit in units}
        self.outcomes: dict[str, Outcome] = {}
        self.seconds: dict[str, float] = {}
        self.computed: list[str] = []


def reproduce(
    experiment: Experiment,
    setting: Setting,
    folder: Path,
    *,
    jobs: int = 1,
    resume: bool = False,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[Iterable[Any], int], Iterable[Any]] | None = None,
) -> Run:
    """Do all units of an experiment.

    Parameters
    ----------
    experiment, setting
        What to do, on what.
    folder : path
        Where the finished units are kept, one file each, below ``units/``.
    jobs : int
        How many processes. Neither their number nor the backend changes a digit.
    resume : bool
        Take what an earlier run into the folder has finished. A unit whose arguments, picture or
        version of this package have changed is done anew.
    backend : str
        "loky" (processes on this machine), "dask", "ray", or another of joblib's.
    scheduler : str, optional
        Address of the Dask scheduler. Its workers must see the pictures under the same paths.
    watch : function, optional
        Given the finished units one by one, and how many there are to do: a progress line.

    Raises
    ------
    OutputError
        If the folder has finished units and ``resume`` was not asked for.
    """
    if jobs < 1:
        raise ParameterError(f"jobs must be at least 1, got {jobs}")
    if not resume:
        refuse_earlier(folder)
    units = experiment.units(setting)
    run, todo = Run(units), []
    if len(run.units) < len(units):
        raise ParameterError(f"the units of {experiment.name} must have different names")
    # what a unit depends on is looked at before the work, not after it
    fingerprints = {unit.name: unit.fingerprint() for unit in units}
    for unit in units:
        found = storage.load(storage.place(folder, unit.name), fingerprints[unit.name])
        if found is None:
            todo.append(unit)
        else:
            run.outcomes[unit.name], run.seconds[unit.name] = found
    with _pool(backend, scheduler, jobs) as spread:
        work = ((experiment.run, unit, _process()) for unit in todo)
        finished = spread(work) if watch is None else watch(spread(work), len(todo))
        for unit, outcome, seconds in finished:
            path = storage.place(folder, unit.name)
            storage.save(path, fingerprints[unit.name], outcome, seconds)
            kept = storage.load(path, fingerprints[unit.name])
            assert kept is not None
            run.outcomes[unit.name], run.seconds[unit.name] = kept
            run.computed.append(unit.name)
    # in the order of the units, which the order of finishing must not change
    run.outcomes = {unit.name: run.outcomes[unit.name] for unit in units}
    return run


def refuse_earlier(folder: Path) -> None:
    """Raise an OutputError if an earlier run has left units in the folder."""
    if (folder / "units").exists():
        raise OutputError(
            f"'{folder}' has units of an earlier run: continue it with --resume, or choose "
            "another folder"
        )


def _work(
    run: Callable[[Unit], Outcome], unit: Unit, parent: tuple[str, int]
) -> tuple[Unit, Outcome, float]:
    """Do a unit, in this process or another, which then has its one processor and no more."""
    if parent != _process():
        os.environ[THREADS] = "1"
    begin = time.perf_counter()
    try:
        # so many threads of BLAS, so many other last digits of its sums
        with single_threaded_blas():
            return unit, run(unit), time.perf_counter() - begin
    except InverseError as error:
        raise type(error)(f"{unit.name}: {error}") from None


def _process() -> tuple[str, int]:
    """Which process this is, among those of all machines."""
    return platform.node(), os.getpid()


Spread = Callable[[Iterable[tuple[Any, ...]]], Iterable[Any]]


@contextmanager
def _pool(backend: str, scheduler: str | None, jobs: int) -> Iterator[Spread]:
    """A function that does calls of `_work` in a pool, and yields what they give as they end."""
    if scheduler is not None and backend != "dask":
        raise ParameterError(f"scheduler goes with the backend dask, got backend {backend!r}")
    if backend == "loky" and jobs == 1:
        yield lambda calls: (_work(*call) for call in calls)
        return
    import joblib

    with _connected(backend, scheduler):
        try:
            with joblib.parallel_config(backend, n_jobs=jobs):
                parallel = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        except (ValueError, ImportError) as error:
            raise ParameterError(
                f"backend must be one of joblib's that yields as it goes: {error}"
            ) from None
        yield lambda calls: parallel(joblib.delayed(_work)(*call) for call in calls)


def _connected(backend: str, scheduler: str | None) -> AbstractContextManager[Any]:
    """The connection to a cluster, while it is needed; joblib's backends find it by themselves."""
    if backend == "dask":
        try:
            from distributed import Client
        except ImportError:
            raise InputError(
                "the backend dask needs the package distributed: pip install 'inverse[dask]'"
            ) from None
        if scheduler is None:
            raise ParameterError("the backend dask needs the address of its scheduler")
        try:
            connect: Callable[..., AbstractContextManager[Any]] = Client
            client = connect(scheduler, timeout="5s")
        except (OSError, ValueError) as error:
            raise InputError(f"no Dask scheduler answers at '{scheduler}': {error}") from None
        return client
    if backend == "ray":
        try:
            from ray.util.joblib import register_ray
        except ImportError:
            raise InputError("the backend ray needs the package ray: pip install ray") from None
        register_ray()
    return nullcontext()
