"""Random batches of lessons: crops shifted, flipped, recolored and mixed."""

from __future__ import annotations

import numpy as np
import torch
from data import Scaling
from network import SIZE
from teacher import VIEWS, Lessons
from torch.nn import functional

SHIFT = 8
"""The views are this much larger than the input, for random shifts."""

SOFT = 0.5
"""Weight of the soft labels in the target; the true ones have the rest."""


def draw_batch(lessons: Lessons, index: torch.Tensor, scaling: Scaling) -> list[torch.Tensor]:
    """Input (N, 3, SIZE, SIZE), target probabilities and hints for one view of each photo.

    Of all batches, a random half are mixed.
    """
    view = torch.randint(VIEWS, (len(index),))
    crops = []
    for i, j in zip(index.tolist(), view.tolist(), strict=True):
        top, left = torch.randint(SHIFT + 1, (2,)).tolist()
        picture = lessons.views[i, j, top : top + SIZE, left : left + SIZE]
        crops.append(picture[:, ::-1] if torch.rand(()) < 0.5 else picture)
    truth = functional.one_hot(lessons.classes[index], lessons.soft.shape[2])
    target = (1 - SOFT) * truth + SOFT * lessons.soft[index, view]
    x = augment(torch.from_numpy(np.stack(crops)), scaling)
    batch = [x, target, lessons.hints[index, view]]
    return mixup(batch) if torch.rand(()) < 0.5 else batch


def augment(x: torch.Tensor, scaling: Scaling) -> torch.Tensor:
    """Scaled, with random saturation, contrast, color of the light and brightness."""

    def between(low: float, high: float, channels: int = 1) -> torch.Tensor:
        return torch.empty(len(x), 1, 1, channels).uniform_(low, high)

    x = (x.float() - torch.from_numpy(scaling.mean)) / scaling.std
    grey = (x * torch.tensor([0.299, 0.587, 0.114])).sum(3, keepdim=True)
    x = grey + (x - grey) * between(0.5, 1.3)
    level = x.mean((1, 2, 3), keepdim=True)
    x = (x - level) * between(0.7, 1.3) + level
    return (x * between(0.88, 1.12, 3) + between(-0.4, 0.4)).permute(0, 3, 1, 2)


def mixup(batch: list[torch.Tensor]) -> list[torch.Tensor]:
    """Each entry mixed with another one of the batch, all with the same weight."""
    weight = float(np.random.default_rng(int(torch.randint(2**31, ()))).beta(0.4, 0.4))
    other = torch.randperm(len(batch[0]))
    return [weight * values + (1 - weight) * values[other] for values in batch]
