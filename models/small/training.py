"""The training of the network: loss, optimizer, moving average, checkpoints."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from batches import draw_batch
from data import Scaling
from network import network
from teacher import Lessons
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

BATCH = 64


class Settings(NamedTuple):
    """Number of epochs, largest step size, weight of the hints in the loss, and seed."""

    epochs: int
    rate: float
    hint: float
    seed: int


class Course:
    """The network while it learns, and all else that a stopped run needs to go on.

    `head` is the linear map of relu7 that learns the hints, `average` the moving average.
    """

    def __init__(
        self, lessons: Lessons, filters: np.ndarray, settings: Settings, steps: int
    ) -> None:
        torch.manual_seed(settings.seed)
        self.net = network(lessons.soft.shape[2])
        self.net.conv1.weight.data.copy_(torch.from_numpy(filters))
        self.head = nn.Linear(self.net.fc8.in_features, lessons.hints.shape[2])
        self.average = AveragedModel(
            self.net, multi_avg_fn=get_ema_multi_avg_fn(0.998), use_buffers=True
        )
        self.optimizer = self._optimizer(settings.rate)
        total, warm = settings.epochs * steps, 3 * steps
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda i: min(1, (i + 1) / warm) * (0.5 + 0.5 * math.cos(math.pi * i / total)),
        )
        self.hint = settings.hint
        self.epochs = 0

    def _optimizer(self, rate: float) -> torch.optim.AdamW:
        """Slow for conv1, which has been trained before; no decay for biases and scales."""
        first = self.net.conv1.weight
        others = [p for p in [*self.net.parameters(), *self.head.parameters()] if p is not first]
        groups = [
            {"params": [first], "lr": rate * 0.1},
            {"params": [p for p in others if p.ndim > 1]},
            {"params": [p for p in others if p.ndim == 1], "weight_decay": 0},
        ]
        return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.05)

    def step(self, x: torch.Tensor, target: torch.Tensor, hints: torch.Tensor) -> float:
        """Learn from one batch; the loss before."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            relu7 = self.net[:-1](x.contiguous(memory_format=torch.channels_last))
            logits, guess = self.net.fc8(relu7), self.head(relu7)
        loss = functional.cross_entropy(logits.float(), target)
        loss = loss + self.hint * functional.mse_loss(guess.float(), hints)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.net)
        return loss.item()

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        states = {name: part.state_dict() for name, part in self._parts().items()}
        torch.save({"epochs": self.epochs, **states}, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = torch.load(path)
        self.epochs = saved.pop("epochs")
        parts = self._parts()
        for name, state in saved.items():
            parts[name].load_state_dict(state)

    def _parts(self) -> dict:
        return {
            "net": self.net,
            "head": self.head,
            "average": self.average,
            "adamw": self.optimizer,
            "rate": self.schedule,
        }


def train(
    lessons: Lessons, filters: np.ndarray, scaling: Scaling, settings: Settings, checkpoint: Path
) -> nn.Sequential:
    """The moving average of the network, after all epochs.

    The checkpoint is written after each epoch; where it is there already, training goes on from it.
    """
    steps = len(lessons.views) // BATCH
    course = Course(lessons, filters, settings, steps)
    if checkpoint.exists():
        course.load(checkpoint)
    while course.epochs < settings.epochs:
        course.epochs += 1
        torch.manual_seed(settings.seed + 1000 * course.epochs)
        started = time.perf_counter()
        order = torch.randperm(len(lessons.views))[: steps * BATCH]
        losses = [course.step(*draw_batch(lessons, i, scaling)) for i in order.split(BATCH)]
        seconds = time.perf_counter() - started
        print(f"epoch {course.epochs}: loss {np.mean(losses):.3f}, {seconds:.1f} s", flush=True)
        course.save(checkpoint)
    return course.average.module.eval()
