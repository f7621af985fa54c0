"""What the teacher says of random crops of the training photos: soft labels and hints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from data import Box, Photos, crop, random_box
from inference import run, session
from onnx import helper
from PIL import Image
from torch import nn
from torch.nn import functional

VIEWS = 12
"""Crops of each training photo."""

HINTS = 128
"""Principal components of the teacher's features that the network learns too."""

FOLDS = 5
"""Parts of the photos; the soft labels of each come from a classifier that saw the others only."""


class Lessons(NamedTuple):
    """What the network learns from: crops, their classes, the teacher's soft labels and hints."""

    views: np.ndarray
    classes: torch.Tensor
    soft: torch.Tensor
    hints: torch.Tensor


def prepare(photos: Photos, teacher: Path, count: int, size: int, seed: int) -> Lessons:
    """Crops of `size` pixels of each photo, judged by the teacher; `count` is that of classes."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    boxes = [[random_box(image, rng) for _ in range(VIEWS)] for image in photos.images]
    views = [
        [crop(image, box, size) for box in group]
        for image, group in zip(photos.images, boxes, strict=True)
    ]
    features = torch.from_numpy(read_features(teacher, photos.images, boxes))
    features = (features - features.mean((0, 1))) / (features.std((0, 1)) + 1e-3)
    fold = torch.from_numpy(rng.integers(FOLDS, size=len(views)))
    soft = soft_labels(features, photos.classes, fold, count)
    return Lessons(np.array(views), photos.classes, soft, principal_components(features))


def read_features(path: Path, images: list[Image.Image], boxes: list[list[Box]]) -> np.ndarray:
    """What enters the teacher's last Gemm, for each box of each image."""
    model = onnx.load(path)
    features = next(node for node in reversed(model.graph.node) if node.op_type == "Gemm").input[0]
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(features, onnx.TensorProto.FLOAT, None))
    ready = session(model)
    entry = json.loads(path.with_suffix(".json").read_text())["input"]
    mean, std = (np.float32(entry[key]) for key in ("mean", "std"))
    rows = []
    for image, group in zip(images, boxes, strict=True):
        pixels = np.stack([crop(image, box, entry["size"][0]) for box in group])
        rows.append(run(ready, pixels * np.float32(entry["range"] / 255), mean, std))
    return np.stack(rows)


def soft_labels(
    features: torch.Tensor, classes: torch.Tensor, fold: torch.Tensor, count: int
) -> torch.Tensor:
    """Probabilities of the classes for each view, by classifiers that never saw its photo."""
    logits = torch.empty(*features.shape[:2], count)
    for k in range(FOLDS):
        layer = classifier(features[fold != k], classes[fold != k], count)
        logits[fold == k] = layer(features[fold == k])
    return logits.softmax(2)


def classifier(features: torch.Tensor, classes: torch.Tensor, count: int) -> nn.Linear:
    """Logistic regression on features (photos, views, values)."""
    layer = nn.Linear(features.shape[2], count)
    nn.init.zeros_(layer.weight)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-3, weight_decay=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 600)
    for _ in range(600):
        photo = torch.randint(len(features), (256,))
        x = features[photo, torch.randint(features.shape[1], (256,))]
        loss = functional.cross_entropy(layer(x), classes[photo], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return layer.requires_grad_(False)


def principal_components(features: torch.Tensor) -> torch.Tensor:
    """The first HINTS of them, over one number for all, so that their standard deviation is 1."""
    values, axes = torch.linalg.eigh(features.flatten(0, 1).T @ features.flatten(0, 1))
    hints = features @ axes[:, values.argsort(descending=True)[:HINTS]]
    return hints / hints.std()
