"""Inversion: from a code back to images that have it. The story of the whole package."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from numbers import Integral

import numpy as np

from inverse import kernels
from inverse.arrays import Array, Shape, resident, to_numpy
from inverse.checkpoint import Checkpoint, run
from inverse.codes import codes, photo_distance, target_code
from inverse.compiled import CompiledObjective
from inverse.devices import CPU, Device, find
from inverse.errors import ParameterError
from inverse.focus import focus
from inverse.layers import Layer
from inverse.losses import Euclidean, Loss
from inverse.masks import Part
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
from inverse.optimize.step import Energy
from inverse.presets import Preset, default
from inverse.representations import as_representation
from inverse.representations.surrogate import with_straight_through
from inverse.result import Result

__all__ = ["invert"]


@resident()
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
    device: str | Device | None = None,
    look: int | None = None,
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
    device : "cpu", "gpu" or `devices.Device`, optional
        Where to compute: by default on CuPy's current GPU if the target is an array of CuPy, else
        on the CPU. The starting noise is the same everywhere. Of a target that is an array of the
        device the result's codes and iterates are too; else they are NumPy's.
    look : int, optional
        Callbacks, progress and watchers look after every so many steps, and only then energies
        are read from the device; by default 1 on the CPU and 10 elsewhere.

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
    where = find(device, target)
    phi = as_representation(representation, where)
    look = (1 if where == CPU else 10) if look is None else look
    if not isinstance(look, Integral) or look < 1:
        raise ParameterError(f"invert.look must be a whole number of at least 1, got {look!r}")
    if where != CPU and max_memory is not None:
        raise ParameterError(f"invert.max_memory is of the CPU, got {max_memory} on {where.name}")
    kept = Snapshots(snapshots) if snapshots is not None else None
    for frames in (c for c in (kept, *callbacks) if isinstance(c, Snapshots)):
        if frames.every % look:
            raise ParameterError(
                f"snapshots must be taken after a multiple of look, {look}, got {frames.every}"
            )
    preset = preset or default(phi)
    code, original, shape = target_code(phi, target, image_shape, where, max_memory)
    if resume and checkpoint is None:
        raise ParameterError("invert.resume needs a checkpoint to go on from")
    weights = mask.mask(code.shape[1:]).astype(code.dtype) if isinstance(mask, Part) else mask
    weights = None if weights is None else to_numpy(weights).astype(code.dtype, copy=False)

    def there(target: Array, mask: Array | None) -> Loss:
        return loss(where.send(target), None if mask is None else where.send(mask))

    measure = there(code, weights)
    whole = with_straight_through(phi.layer, preset.straight_through)
    layer, data = focus(whole, shape, code, weights, there) or (whole, measure)
    sigma = phi.sigma * math.sqrt(math.prod(shape))
    objective = Objective(layer, data, preset.terms(shape), sigma)
    if normalizer is None:
        normalizer = photo_distance(phi, shape, weights, where)
    elif not normalizer > 0:
        raise ParameterError(f"invert.normalizer must be positive, got {normalizer}")
    line = Progress(preset.steps, _shown(measure, normalizer)) if progress else None
    watchers = [*default_watchers(), *(c for c in (kept, line) if c), *callbacks]
    about: Mapping[str, str] = {}
    if checkpoint is not None:  # before anything is drawn from rng
        about = run(
            phi, preset, code, weights, loss, restarts, shape, rng, snapshots, watchers, files or {}
        ) | {"device": where.name, "look": str(look)}
    x = noise((restarts, *shape), rng, code.dtype, preset.start_norm, preset.start_color)
    x = where.send(x)
    optimizer = preset.optimizer(shape)
    opened: Checkpoint | nullcontext[None] = nullcontext()
    if checkpoint is not None:
        start = Course.start(x, optimizer.init(x))
        opened = Checkpoint(checkpoint, every, resume, about, start)

    # arrays of the device come back to who gave one, NumPy's to all others
    theirs = where != CPU and not isinstance(target, np.ndarray)

    def give(values: Array) -> Array:
        return where.send(to_numpy(values)) if theirs else to_numpy(values)

    def result(minimum: Minimum) -> Result:
        seed = None if isinstance(rng, np.random.Generator) else int(rng)
        return Result(
            representation=phi,
            preset=preset,
            minimum=replace(minimum, x=give(minimum.x)),
            sigma=sigma,
            target=give(code),
            codes=[give(y) for y in codes(phi, sigma * minimum.x)],
            mask=None if weights is None else give(weights),
            original=original,
            normalizer=normalizer,
            seed=seed,
            snapshots=[(t, phi.decode(image)) for t, image in kept.images] if kept else [],
        )

    try:
        with opened as keeper, _ready(objective, layer, x, where, max_memory) as energy:
            return result(minimize(energy, x, optimizer, preset.steps, watchers, keeper, look))
    except (Interrupted, NotKept) as stopped:
        stopped.result = result(stopped.result)
        raise
    finally:
        if line:
            line.close()


@contextmanager
def _ready(
    objective: Objective, layer: Layer, x: Array, device: Device, max_memory: int | None
) -> Iterator[Energy]:
    """The objective as it is computed: on the CPU by kernels, elsewhere as it is."""
    if device != CPU:
        yield objective
        return
    compiled = CompiledObjective(objective, layer, x.shape, x.dtype, max_memory=max_memory)
    with kernels.single_threaded_blas(), closing(compiled):
        yield compiled


def _shown(loss: Loss, normalizer: float) -> Callable[[float], str]:
    """What the progress line says of the data term: the code error if it can be known."""
    if not isinstance(loss, Euclidean):
        return lambda data: f"data term {data:.4g}"
    if math.isnan(normalizer):
        return lambda data: f"relative error {100 * math.sqrt(data):.2f} %"
    scale = 100 * math.sqrt(loss.norm2) / normalizer
    return lambda data: f"code error {scale * math.sqrt(data):.2f} %"
