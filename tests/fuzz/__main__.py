"""``python -m tests.fuzz KIND FIRST LAST``: run cases, show faults, keep their files in /tmp."""

import collections
import random
import sys
import tempfile
from pathlib import Path

from tests.fuzz.kinds import KINDS
from tests.fuzz.runner import run


def keep(kind, seed):
    """Make the files of a case again, in a folder that stays."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{kind}-{seed}-"))
    KINDS[kind].prepare(str(folder))
    KINDS[kind].case(random.Random(f"{kind} {seed}"), str(folder))
    return folder


def main(kind, first, last):
    """Run, and print."""
    done = run(kind, int(first), int(last))
    outcomes = collections.Counter(case["outcome"].split(":")[0] for case in done.cases)
    slowest = max(done.cases, key=lambda case: case["seconds"])
    largest = max(done.cases, key=lambda case: case["peak"])
    print(f"{kind} {first}-{last}: {dict(outcomes)}", *done.leaks)
    print(
        f"  slowest {slowest['seed']}: {slowest['seconds']:.2f} s, all "
        f"{sum(case['seconds'] for case in done.cases):.1f} s; largest {largest['seed']}: "
        f"{largest['peak'] / 1e6:.0f} MB"
    )
    for case in done.faults:
        print(f"  {case['seed']}: {case['outcome'][:600]}")
    return bool(done.faults or done.leaks)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
