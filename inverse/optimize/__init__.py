"""Optimizers with explicit state, schedules, callbacks, and the one loop."""

from inverse.optimize.adam import Adam, AdamState
from inverse.optimize.base import Optimizer
from inverse.optimize.callbacks import Progress, Snapshots
from inverse.optimize.course import Course, Keeper
from inverse.optimize.minimize import Interrupted, Minimum, NotKept, minimize
from inverse.optimize.momentum import Momentum, MomentumState
from inverse.optimize.schedules import ExponentialDecay, Schedule, Stages
from inverse.optimize.smoothing import Smoothed
from inverse.optimize.step import Callback, Stateful, Step, Stop, stateful
from inverse.optimize.watchers import Divergence, NotFinite, ZeroGradient, default_watchers

__all__ = [
    "Adam",
    "AdamState",
    "Callback",
    "Course",
    "Divergence",
    "ExponentialDecay",
    "Interrupted",
    "Keeper",
    "Minimum",
    "Momentum",
    "MomentumState",
    "NotFinite",
    "NotKept",
    "Optimizer",
    "Progress",
    "Schedule",
    "Smoothed",
    "Snapshots",
    "Stages",
    "Stateful",
    "Step",
    "Stop",
    "ZeroGradient",
    "default_watchers",
    "minimize",
    "stateful",
]
