"""Whether lanes should work side by side at the moment, or one of them alone."""

from __future__ import annotations

__all__ = ["Company"]

HELD_UP = 1.4
"""Seconds that pass for each one of work, from which on a turn was held up."""

IN_A_ROW = 3
"""Turns held up one after the other that are no chance."""

FIRST, LONGEST = 4, 256
"""Turns that are taken alone before company is tried again: at first, and after many trials."""


class Company:
    """Judges by how long turns take beside the work that is done in them.

    Notes
    -----
    Two lanes meet a few dozen times in an evaluation. On a machine with other things to do, each
    of them is put aside for milliseconds now and then, and the other then waits at the next
    meeting: measured beside two busy processes, 5 to 15 times as long as undisturbed. One lane
    alone has the same work twice and waits for nobody, which makes it 3 to 4 times.

    A turn's work is the processor time of the lane that calls the others. Waiting is none of it,
    nor is the time for which the system put it aside. A few turns held up in a row end the
    company; it is tried again when a turn alone is not held up, and later each time that it fails
    at once.
    """

    def __init__(self) -> None:
        self.alone = False
        self._held_up = 0
        self._turns = -FIRST  # the first are held up by what is done once
        self._wait = FIRST

    def judge(self, elapsed: float, work: float) -> None:
        """Decide about the next turn, after one of so many seconds."""
        held_up = elapsed > HELD_UP * work
        self._turns += 1
        self._held_up = self._held_up + 1 if held_up and self._turns > 0 else 0
        if self.alone:
            if not held_up and self._turns >= self._wait:
                self._change(alone=False)
        elif self._held_up == IN_A_ROW:
            # company that lasted tells nothing of why it ends
            self._wait = FIRST if self._turns > self._wait else min(2 * self._wait, LONGEST)
            self._change(alone=True)

    def _change(self, alone: bool) -> None:
        self.alone, self._turns, self._held_up = alone, 0, 0
