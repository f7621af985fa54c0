"""ONNX files by onnxruntime, on one thread."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from data import Photos, Scaling, central_squares


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """The model, ready to run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def run(
    model: onnxruntime.InferenceSession, pixels: np.ndarray, mean: np.ndarray, std: np.ndarray
) -> np.ndarray:
    """The first output for (pixels − mean) / std; pixels are (N, H, W, 3)."""
    x = (pixels - mean) / std
    return model.run(None, {model.get_inputs()[0].name: x.transpose(0, 3, 1, 2)})[0]


def top1(model: onnx.ModelProto, photos: Photos, scaling: Scaling) -> float:
    """Share of photos whose class the model finds, from the central square."""
    ready = session(model)
    pixels = central_squares(photos.images, ready.get_inputs()[0].shape[2])
    logits = run(ready, pixels, scaling.mean, np.float32(scaling.std))
    return float((logits.argmax(1) == photos.classes.numpy()).mean())
