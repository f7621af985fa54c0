"""What the tests of checkpoints share."""

import pytest

import inverse


@pytest.fixture(autouse=True, scope="module")
def _no_photo_distance():
    """What errors are divided by takes longer than the runs here, and is not kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inverse.inversion, "photo_distance", lambda *_: 1.0)
        yield
