"""Inversion: from a code back to images that have it. The story of the whole package."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from numbers import Integral
from typing import Any

import numpy as np

from inverse import kernels, photos
from inverse.arrangement import demand_values_fit
from inverse.arrays import Array, Shape, to_numpy
from inverse.checkpoint import Checkpoint, run
from inverse.compiled import CompiledObjective
from inverse.errors import InputError, ParameterError, ShapeError
from inverse.focus import focus
from inverse.image import Image, grey, resize
from inverse.layers import Chain, Foreign, Graph, Layer
from inverse.losses import Euclidean, Loss
from inverse.masks import Part
from inverse.metrics import mean_pairwise_distance
from inverse.noise import noise
from inverse.objective import Map, Objective
from inverse.optimize import (
    Callback,
    Course,
    Interrupted,
    Minimum,
    NotKept,
    Progress,
    Snapshots,
    default_watchers,
    minimize,
)
from inverse.presets import Preset, default
from inverse.representations import Representation
from inverse.representations.surrogate import with_straight_through
from inverse.result import Result

__all__ = ["invert", "noise", "photo_distance"]


def invert(
    representation: Layer | Map,
    target: Array,
    *,
    image_shape: Shape | None = None,
    preset: Preset | None = None,
    restarts: int = 1,
    rng: np.random.Generator | int = 0,
    mask: Array | Part | None = None,
    loss: Callable[[Array, Array | None], Loss] = Euclidean,
    normalizer: float | None = None,
    snapshots: int | None = None,
    max_memory: int | None = None,
    progress: bool = False,
    callbacks: Sequence[Callback] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    every: int = 25,
    resume: bool = False,
    files: Mapping[str, str | os.PathLike[str]] | None = None,
) -> Result:
    """Find images whose code is the target's, from noise.

    Parameters
    ----------
    representation : Representation or Layer
        Φ: what `hog`, `dsift`, `cnn` or ``until`` give, or any object of your own with the
        methods ``forward`` and ``backward`` of a layer, on centered grey levels.
    target : array
        A picture of values 0–1, (H, W) or (H, W, 3), whose code Φ₀ is then computed and inverted;
        or, with ``image_shape``, the code itself, (rows, cols, D) or (1, rows, cols, D).
    image_shape : (H, W) or (H, W, C), optional
        Shape of the image to find; given if and only if the target is a code.
    preset : Preset, optional
        Weights, exponents, learning rates and steps; by default `presets.fast`.
    restarts : int
        How many images to find. They run as one batch, and each is what it would be alone: the
        starting points are successive draws, so as many calls with one Generator give the same.
    rng : numpy Generator or int
        Where the starting noise comes from.
    mask : array or Part, optional
        Which part of the code is to match: weights that broadcast against the code, those of
        weight 0 being left to the prior; or a `Part`, such as ``Part(neighborhood=(5, 5))``. Of a
        neighborhood only what it depends on is computed.
    loss : class
        `Euclidean`, or `InnerProduct`, or another function of target and mask that gives a loss.
    normalizer : float, optional
        N_Φ for the code error; by default `photo_distance`, that of the package's own photos.
    snapshots : int, optional
        Keep every so many-th iterate in ``result.snapshots``.
    max_memory : int, optional
        Bytes that the run may take besides the network's weights, by an estimate. Restarts that do
        not fit at once are computed in smaller batches, with the same outcome to the bit.
    progress : bool
        Show a line on stderr (if it is a terminal).
    callbacks : sequence
        Further functions of an `optimize.Step`.
    checkpoint : path-like, optional
        Keep the run in this file, an ``.npz``, while it goes on, at its end, and on Ctrl-C.
    every : int
        After every so many steps.
    resume : bool
        Go on from the checkpoint, to the result of a run without a break, bit for bit; from the
        start if there is none.
    files : mapping of str to path-like, optional
        Files that the run depends on, by names for messages. A checkpoint knows their SHA-256.

    Raises
    ------
    InputError, ShapeError, ParameterError
        If an argument does not fit; the sentence says which and how. Of a checkpoint of another
        run, what the two differ in.
    Interrupted
        On Ctrl-C; its ``result`` is the `Result` so far.
    NotKept
        If the checkpoint cannot be written; its ``result`` likewise.
    OutputError
        If another run has the checkpoint in use.

    Notes
    -----
    Minimizes  ‖Φ(σx) − Φ₀‖²/‖Φ₀‖² + λ_α ‖x‖_α^α + λ_V Σ((∂ₕx)² + (∂ᵥx)²)^{β/2}  from Gaussian
    noise: with `presets.cvpr2015` by gradient descent with momentum as published (Mahendran &
    Vedaldi, CVPR 2015), else by what the preset says.

    Examples
    --------
    >>> import inverse
    >>> phi = inverse.hog(bilinear=True)
    >>> photo = inverse.photos.photo("hat")[64:128, 64:128]
    >>> result = inverse.invert(phi, photo, preset=inverse.presets.fast(phi).replace(steps=80))
    >>> result.image.shape, bool(result.relative_error < 0.2), result.stop
    ((64, 64), True, 'completed 80 steps')
    """
    if not isinstance(restarts, Integral) or isinstance(restarts, bool) or restarts < 1:
        raise ParameterError(f"invert.restarts must be a whole number >= 1, got {restarts!r}")
    if max_memory is not None and not max_memory > 0:
        raise ParameterError(f"invert.max_memory must be positive, got {max_memory}")
    phi = _as_representation(representation)
    preset = preset or default(phi)
    code, original, shape = _target(phi, target, image_shape, max_memory)
    if resume and checkpoint is None:
        raise ParameterError("invert.resume needs a checkpoint to go on from")
    weights = mask.mask(code.shape[1:]).astype(code.dtype) if isinstance(mask, Part) else mask
    measure = loss(code, weights)
    whole = with_straight_through(phi.layer, preset.straight_through)
    layer, data = focus(whole, shape, code, weights, loss) or (whole, measure)
    sigma = phi.sigma * math.sqrt(math.prod(shape))
    objective = Objective(layer, data, preset.terms(shape), sigma)
    if normalizer is None:
        normalizer = photo_distance(phi, shape, weights)
    elif not normalizer > 0:
        raise ParameterError(f"invert.normalizer must be positive, got {normalizer}")
    kept = Snapshots(snapshots) if snapshots is not None else None
    line = Progress(preset.steps, _shown(measure, normalizer)) if progress else None
    watchers = [*default_watchers(), *(c for c in (kept, line) if c), *callbacks]
    about: Mapping[str, str] = {}
    if checkpoint is not None:  # before anything is drawn from rng
        about = run(
            phi, preset, code, weights, loss, restarts, shape, rng, snapshots, watchers, files or {}
        )
    x = noise((restarts, *shape), rng, code.dtype, preset.start_norm, preset.start_color)
    optimizer = preset.optimizer(shape)
    opened: Checkpoint | nullcontext[None] = nullcontext()
    if checkpoint is not None:
        start = Course.start(x, optimizer.init(x))
        opened = Checkpoint(checkpoint, every, resume, about, start)

    def result(minimum: Minimum) -> Result:
        codes = _codes(phi, sigma * minimum.x)
        seed = None if isinstance(rng, np.random.Generator) else int(rng)
        frames = [(t, phi.decode(image)) for t, image in kept.images] if kept else []
        return Result(
            representation=phi,
            preset=preset,
            minimum=minimum,
            sigma=sigma,
            target=code,
            codes=codes,
            mask=weights,
            original=original,
            normalizer=normalizer,
            seed=seed,
            snapshots=frames,
        )

    try:
        with (
            opened as keeper,
            kernels.single_threaded_blas(),
            closing(
                CompiledObjective(objective, layer, x.shape, x.dtype, max_memory=max_memory)
            ) as compiled,
        ):
            return result(minimize(compiled, x, optimizer, preset.steps, watchers, keeper))
    except (Interrupted, NotKept) as stopped:
        stopped.result = result(stopped.result)
        raise
    finally:
        if line:
            line.close()


def photo_distance(representation: Layer, shape: Shape, mask: Array | None = None) -> float:
    """N_Φ of the package's own photos, resized to ``shape`` (H, W, C); NaN unless C is 1 or 3."""
    phi = _as_representation(representation)
    if shape[2] not in (1, 3):
        return math.nan
    codes = []
    for name in photos.names():
        image = resize(photos.photo(name), *shape[:2])
        values = grey(image)[..., None] if shape[2] == 1 else image
        code = _codes(phi, phi.centered(values)[None].astype(np.float32))[0]
        codes.append(code if mask is None else code * mask)
    return mean_pairwise_distance(codes)


def _as_representation(phi: Any) -> Representation:
    if isinstance(phi, Representation):
        return phi
    if not isinstance(phi, Layer):
        if not (hasattr(phi, "forward") and hasattr(phi, "backward")):
            raise ParameterError(
                "invert.representation must have the methods forward and backward, "
                f"got {type(phi).__name__}"
            )
        return Representation(type(phi).__name__.lower(), Chain({"all": Foreign(phi)}))
    name = type(phi).__name__
    whole = isinstance(phi, Chain | Graph)
    return Representation(name.lower(), phi if whole else Chain({name: phi}))  # type: ignore[arg-type]


def _codes(phi: Representation, x: Array) -> list[Array]:
    """Φ of each image of a batch, one at a time so that memory is that of a single image."""
    program = kernels.compile(phi.layer, (1, *x.shape[1:]), x.dtype)
    return [to_numpy(program.forward(x[i : i + 1])[0])[0].copy() for i in range(x.shape[0])]


def _target(
    phi: Representation, target: Array, image_shape: Shape | None, max_memory: int | None
) -> tuple[Array, Image | None, Shape]:
    """Φ₀ as a batch of one, the picture it comes from if there is one, and the shape (H, W, C)."""
    if image_shape is None:
        x = phi.encode(target)
        phi.output_shape(x.shape)
        if max_memory is not None:
            demand_values_fit(phi.layer, x.shape, x.dtype, max_memory)
        return _codes(phi, x)[0][None], phi.decode(x)[0], x.shape[1:]
    try:
        shape = tuple(operator.index(size) for size in image_shape)
    except TypeError:
        shape = ()
    shape = (*shape, 1) if len(shape) == 2 else shape
    if len(shape) != 3 or min(shape) < 1:
        raise ShapeError(f"invert.image_shape must be (H, W) or (H, W, C), got {image_shape}")
    expected = phi.output_shape((1, *shape))
    code = np.asarray(to_numpy(target))
    code = code[None] if code.ndim == len(expected) - 1 else code
    if code.shape != expected:
        raise ShapeError(
            f"the code of a {'x'.join(map(str, shape))} image by {phi.name} must have shape "
            f"{expected} or {expected[1:]}, got {tuple(np.shape(target))}"
        )
    if code.dtype not in (np.float32, np.float64):
        raise InputError(f"a code must be a float32 or float64 array, got {code.dtype}")
    return code, None, shape


def _shown(loss: Loss, normalizer: float) -> Callable[[float], str]:
    """What the progress line says of the data term: the code error if it can be known."""
    if not isinstance(loss, Euclidean):
        return lambda data: f"data term {data:.4g}"
    if math.isnan(normalizer):
        return lambda data: f"relative error {100 * math.sqrt(data):.2f} %"
    scale = 100 * math.sqrt(loss.norm2) / normalizer
    return lambda data: f"code error {scale * math.sqrt(data):.2f} %"
