"""Optimizers with explicit state, schedules, callbacks, and the one loop."""

from inverse.optimize.adam import Adam, AdamState
from inverse.optimize.base import Optimizer
from inverse.optimize.callbacks import Progress, Snapshots
from inverse.optimize.minimize import Callback, Interrupted, Minimum, Step, Stop, minimize
from inverse.optimize.momentum import Momentum, MomentumState
from inverse.optimize.schedules import ExponentialDecay, Schedule, Stages
from inverse.optimize.smoothing import Smoothed
from inverse.optimize.watchers import Divergence, NotFinite, ZeroGradient, default_watchers

__all__ = [
    "Adam",
    "AdamState",
    "Callback",
    "Divergence",
    "ExponentialDecay",
    "Interrupted",
    "Minimum",
    "Momentum",
    "MomentumState",
    "NotFinite",
    "Optimizer",
    "Progress",
    "Schedule",
    "Smoothed",
    "Snapshots",
    "Stages",
    "Step",
    "Stop",
    "ZeroGradient",
    "default_watchers",
    "minimize",
]
