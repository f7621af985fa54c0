"""Which pixels a unit of a network owes its value to: DeConvNet, saliency, guided backpropagation.

They are what the paper sets inversion apart from: they explain one unit of one image, and need the
activations of this very image on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import get_args

import numpy as np

from inverse.arrays import to_numpy
from inverse.baselines.attribution.rules import RULES, Rule, ruled
from inverse.errors import ParameterError
from inverse.image import Image
from inverse.masks import Part
from inverse.receptive_field import Box
from inverse.representations import Representation

__all__ = ["Attribution", "attribute"]

Unit = tuple[int, ...] | int
"""(row, column, channel); or (channel,) or the channel alone of a code without places."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What `attribute` found.

    Attributes
    ----------
    gradient : array (H, W, C)
        What arrives at the image, in the representation's own space. With the rule "saliency" it
        is ∂y_unit/∂x; with the others it is no derivative of anything.
    unit : tuple of int
        (row, column, channel), or (channel,).
    value : float
        y at the unit.
    rule : str
        Its name.
    box : Box
        The pixels on which the unit depends: outside of it the gradient is 0.
    """

    gradient: Image
    unit: tuple[int, ...]
    value: float
    rule: Rule
    box: Box

    @property
    def picture(self) -> Image:
        """For the eye, values 0–1; with g the gradient and m = max |g| over all of it.

        "saliency" is shown as in its source, max_c |g_c| / m of shape (H, W): 0, black, where the
        pixel does not matter. The others are shown with their sign, ½ + g/(2m), which is grey where
        the pixel does not matter: (H, W, 3), or (H, W) unless there are three channels, of other
        numbers of channels the mean. Where all is 0, so is m, and m = 1 is taken.
        """
        g = self.gradient
        if self.rule == "saliency":
            g = np.abs(g).max(axis=2)
        elif g.shape[2] != 3:
            g = g.mean(axis=2)
        shown = g / (float(np.abs(g).max()) or 1.0)
        return np.asarray(shown if self.rule == "saliency" else (1 + shown) / 2)


def attribute(
    net: Representation, image: Image, unit: Unit | str = "max", rule: Rule = "deconvnet"
) -> Attribution:
    """Follow one unit of a network's output back to the image.

    Parameters
    ----------
    net : Representation
        What `inverse.cnn` or ``until`` give.
    image : array (H, W) or (H, W, 3)
        A picture of values 0–1.
    unit : tuple of int, int, or "max"
        (row, column, channel) of a code with places, (channel,) or the channel of one without;
        "max" is the unit of the largest value, of several the first.
    rule : {"deconvnet", "saliency", "guided"}
        How to go back.

    Returns
    -------
    Attribution
        ``.gradient``, ``.picture``, ``.unit``, ``.value``, ``.box``.

    Raises
    ------
    ParameterError
        If an argument is not one of those.
    ShapeError
        If the unit is not within the code.
    InputError
        If the image is no picture.

    Notes
    -----
    Forward is the network's own. Backward begins with dy = 1 at the unit and 0 elsewhere, and each
    layer hands back

        =========  ====================  ==========  ====================
        layer      deconvnet             saliency    guided
        =========  ====================  ==========  ====================
        ReLU       max(dy, 0)            dy·[x > 0]  max(dy, 0)·[x > 0]
        LRN        dy                    J(x)ᵀ dy    dy
        others     J(x)ᵀ dy              J(x)ᵀ dy    J(x)ᵀ dy
        =========  ====================  ==========  ====================

    Of a convolution J(x)ᵀ is the transposed filters without bias, of max pooling it leads to the
    places where the maxima were. Only `ReLU` is rectified; other nonlinearities, such as `Clip`,
    keep their derivative.

    Sources: Zeiler & Fergus, ECCV 2014; Simonyan, Vedaldi & Zisserman, ICLR workshop 2014;
    Springenberg, Dosovitskiy, Brox & Riedmiller, ICLR workshop 2015.

    Examples
    --------
    >>> import inverse
    >>> net = inverse.cnn("small").until("relu3")
    >>> found = attribute(net, inverse.photos.photo("hat"), unit=(3, 3, 5), rule="guided")
    >>> found.gradient.shape, found.box
    ((131, 131, 3), Box(top=16, left=16, bottom=115, right=115))
    """
    if not isinstance(net, Representation):
        raise ParameterError(
            f"attribute.net must be a representation, such as inverse.cnn(...), got {net!r}"
        )
    if rule not in get_args(Rule):
        raise ParameterError(
            f"attribute.rule must be one of {', '.join(get_args(Rule))}, got {rule!r}"
        )
    x = net.encode(image)
    net.output_shape(x.shape)
    layer = ruled(net.layer, RULES[rule])
    y, cache = layer.forward(x)
    code = to_numpy(y)[0]
    place = _unit(unit, code)
    dy = Part(unit=place).mask(code.shape)[None].astype(code.dtype)
    i, j = place[:2] if len(place) == 3 else (0, 0)
    return Attribution(
        gradient=to_numpy(layer.backward(dy, cache))[0],
        unit=place,
        value=float(code[place]),
        rule=rule,
        box=net.receptive_field(list(net.layer.layers)[-1], i, j, x.shape),
    )


def _unit(unit: Unit | str, code: Image) -> tuple[int, ...]:
    if isinstance(unit, str) and unit == "max":
        return tuple(int(i) for i in np.unravel_index(code.argmax(), code.shape))
    given = unit if isinstance(unit, tuple) else (unit,)
    whole = (isinstance(i, Integral) and not isinstance(i, bool) and i >= 0 for i in given)
    if not given or not all(whole):
        raise ParameterError(
            "attribute.unit must be whole numbers of at least 0, a tuple or one, or 'max', "
            f"got {unit!r}"
        )
    return tuple(int(i) for i in given)
