"""Whether lanes should work side by side at the moment, or one of them alone."""

from __future__ import annotations

__all__ = ["Company"]

HELD_UP = 1.25
"""Seconds for each one of work that could be done meanwhile, from which on a turn was held up."""

IN_A_ROW = 3
"""Turns held up one after the other that are no chance."""

LASTING = 32
"""Turns side by side after which company was no failure."""

FIRST, LONGEST = 4, 256
"""Turns alone before company is tried again: when it has lasted, and after many failures."""


class Company:
    """Judges by how long turns take beside the work that is done in them.

    Parameters
    ----------
    count : int
        The lanes, of which one is the only one in a turn alone.

    Notes
    -----
    Two lanes meet a few dozen times in an evaluation. On a machine with other things to do, each
    of them is put aside for milliseconds now and then, and the other then waits at the next
    meeting: measured beside two busy processes, 5 to 15 times as long as undisturbed. One lane
    alone has the same work twice and waits for nobody, which makes it 2.5 to 5 times.

    A turn's work is the processor time of the lane that calls the others: not the time for which
    it naps or the system put it aside. Of ``count`` lanes side by side, turns may take ``count``
    times that before one alone would be as fast. A few turns held up in a row end the
    company; it is tried again when a turn alone is not held up, and later each time that it fails
    at once.
    """

    def __init__(self, count: int) -> None:
        self.alone = False
        self._count = count
        self._held_up = 0
        self._turns = -FIRST  # the first are held up by what is done once
        self._wait = 0

    def judge(self, elapsed: float, work: float) -> None:
        """Decide about the next turn, after one of so many seconds."""
        held_up = elapsed > HELD_UP * work * (1 if self.alone else self._count)
        self._turns += 1
        self._held_up = self._held_up + 1 if held_up and self._turns > 0 else 0
        if self.alone:
            if not held_up and self._turns >= self._wait:
                self._change(alone=False)
        elif self._held_up == IN_A_ROW:
            lasted = self._turns > LASTING
            self._wait = FIRST if lasted or not self._wait else min(2 * self._wait, LONGEST)
            self._change(alone=True)

    def _change(self, alone: bool) -> None:
        self.alone, self._turns, self._held_up = alone, 0, 0
