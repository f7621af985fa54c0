"""Runs the cases of some seeds in this process, a line before and after each on its stdout."""

import faulthandler
import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
import warnings

from inverse.errors import InverseError
from tests.fuzz.kinds import KINDS
from tests.fuzz.watch import BYTES, SECONDS, Watch, limit_memory, memory, reset_peak


def run(kind, seed, folder, watch):
    """One case: "success", "refused", or what is at fault."""
    os.makedirs(folder)
    case = KINDS[kind].case(random.Random(f"{kind} {seed}"), folder)
    started, base = time.process_time(), memory()[0]
    reset_peak()
    watch.folder, watch.seen = os.path.realpath(folder), []
    try:
        # what a case prints, and the warnings that it gives, are no part of the outcome
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = case() or "success"
    except InverseError as error:
        outcome = _sentence(str(error))
    except BaseException as error:  # whatever it is, it is at fault
        watch.folder = None
        where = traceback.extract_tb(error.__traceback__)
        at = [f for f in where if "/inverse/" in f.filename] or where
        place = f"{at[-1].filename}:{at[-1].lineno}"
        outcome = f"fault: {type(error).__name__}: {str(error)[:300]} ({place})"
    finally:
        watch.folder = None
    seconds, peak = time.process_time() - started, memory()[1] - base
    if watch.seen:
        outcome = f"fault: {watch.seen[0]}"
    elif seconds > SECONDS:
        outcome = f"fault: it took {seconds:.1f} s of processor time, {outcome}"
    elif peak > BYTES:
        outcome = f"fault: it took {peak / 1e6:.0f} MB, {outcome}"
    elif left := [f for _, _, files in os.walk(folder) for f in files if _is_unfinished(f)]:
        outcome = f"fault: it left {left[0]}"
    return outcome, seconds, peak


def _sentence(message):
    """An error is one sentence that can be read."""
    if not message.strip() or len(message) > 200_000:
        return f"fault: an error of {len(message)} characters: {message[:100]!r}"
    return "refused"


def _is_unfinished(name):
    return name.startswith(".") and name != ".lock"


def main(kind, first, last):
    """Run the cases, in a temporary folder."""
    # the lines go to the stdout there was; what C libraries and cases print, nowhere
    lines, sys.stderr = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as work:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.makedirs(f"{work}/home")
        os.environ |= {"HOME": f"{work}/home", "INVERSE_CACHE": f"{work}/home/cache"}
        os.environ |= {"NO_COLOR": "1", "XDG_CACHE_HOME": f"{work}/home"}
        watch, folder = Watch(), f"{work}/case"
        KINDS[kind].prepare(f"{work}/home")
        limit_memory()
        usual = None
        for seed in range(first, last):
            print(f"begin {seed}", file=lines, flush=True)
            outcome, seconds, peak = run(kind, seed, folder, watch)
            shutil.rmtree(folder, ignore_errors=True)
            found = {"seed": seed, "outcome": outcome, "seconds": seconds, "peak": peak}
            if seed == first + min(50, (last - first) // 2):
                gc.collect()
                usual = _state()
            print("end " + json.dumps(found), file=lines, flush=True)
        gc.collect()
        print("state " + json.dumps([usual or _state(), _state()]), file=lines, flush=True)


def _state():
    """Open files, threads, bytes of memory."""
    return [len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), memory()[0]]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
