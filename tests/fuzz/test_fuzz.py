"""Every damaged file and every command line ends in success or in an error of ours, in its limits.

A thousand cases by default; twenty thousand by ``pytest -m fuzz``, whose shards are tests of their
own: ``pytest -m fuzz -k "picture"`` runs those of a kind, ``-k "network-2"`` one of them. A case is
its kind and seed: ``python -m tests.fuzz KIND SEED SEED+1`` runs it again. Of a case at fault the
files are kept in a folder that the failure names.
"""

import collections
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fuzz.__main__ import keep
from tests.fuzz.kinds import KINDS
from tests.fuzz.runner import run

SHARDS = 5
TIMES = 20
"""How many cases there are by the marker for each one by default."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


@pytest.fixture(scope="module")
def outcome(request):
    """The function that gives what became of the seeds of a test; two processes are at work."""
    wanted = [item.callspec.params["seeds"] for item in request.session.items if _is_here(item)]
    with ThreadPoolExecutor(2) as pool:
        futures = {seeds: pool.submit(run, *seeds) for seeds in wanted}
        yield lambda seeds: futures[seeds].result()
        pool.shutdown(cancel_futures=True)


def _is_here(item):
    return item.path.name == os.path.basename(__file__) and hasattr(item, "callspec")


def _shards():
    for kind, (_, share, _) in KINDS.items():
        size = share * TIMES // SHARDS
        for i in range(SHARDS):
            yield pytest.param((kind, i * size, (i + 1) * size), id=f"{kind}-{i}")


def test_counts():
    assert sum(kind.share for kind in KINDS.values()) == 1000
    assert sum(p.values[0][2] - p.values[0][1] for p in _shards()) == 20_000


@pytest.mark.parametrize("seeds", [(kind, 0, KINDS[kind].share) for kind in KINDS], ids=KINDS)
def test_a_thousand(outcome, seeds):
    check(seeds, outcome(seeds))


@pytest.mark.fuzz
@pytest.mark.parametrize("seeds", list(_shards()))
def test_twenty_thousand(outcome, seeds):
    check(seeds, outcome(seeds))


def check(seeds, done):
    """No fault, no leak; and not all of one outcome, which would say little."""
    kind, first, last = seeds
    assert [case["seed"] for case in done.cases] == list(range(first, last))
    told = [
        f"python -m tests.fuzz {kind} {c['seed']} {c['seed'] + 1}: {c['outcome']}; its files are "
        f"in {keep(kind, c['seed'])}"
        for c in done.faults[:5]
    ]
    assert not told, f"{len(done.faults)} of {len(done.cases)}:\n" + "\n".join(told)
    assert not done.leaks
    outcomes = collections.Counter(case["outcome"] for case in done.cases)
    assert min(outcomes["success"], outcomes["refused"] or kind in NEVER_REFUSED) > 0


NEVER_REFUSED = {"unit", "result"}
"""A damaged unit is done anew, and a damaged record of an earlier result is replaced."""
