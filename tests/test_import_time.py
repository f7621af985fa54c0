"""What `import inverse` costs: heavy packages are imported when they are used, and not before."""

import statistics
import subprocess
import sys

import pytest

HEAVY = {"matplotlib", "onnx", "onnxruntime", "scipy.sparse", "torch", "tqdm"}
PROCESSES = 10
TIMED = """
import time
begin = time.perf_counter(), time.process_time()
import inverse
print(time.perf_counter() - begin[0], time.process_time() - begin[1])
"""


def fresh(source):
    """The words that a new Python prints."""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_heavy_packages_are_not_imported_before_they_are_used():
    assert fresh(f"import sys, inverse; print(*{HEAVY} & sys.modules.keys())") == []


@pytest.mark.benchmark
def test_the_time(capsys):
    """Only shown: other processes decide about seconds on the clock as much as the imports do."""
    times = [[float(word) for word in fresh(TIMED)] for _ in range(PROCESSES)]
    clock, processor = (statistics.median(column) for column in zip(*times, strict=True))
    with capsys.disabled():
        print(
            f"\nimport inverse: {clock:.3f} s on the clock, {processor:.3f} s of a processor "
            f"(medians of {PROCESSES} fresh processes)"
        )
