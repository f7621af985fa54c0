"""The kinds of cases, and how many there are of each in a thousand."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.fuzz import archives, checkpoints, commands, documents, networks, pictures, weights


class Kind(NamedTuple):
    """``case(rng, folder)`` makes the files and gives a function to call; how often in 1000."""

    case: Callable[[Any, str], Callable[[], str | None]]
    share: int
    prepare: Callable[[str], None] = lambda home: None


KINDS = {
    "picture": Kind(pictures.case, 260, pictures.prepare),
    "network": Kind(networks.case, 250, networks.prepare),
    "sidecar": Kind(networks.sidecar_case, 80, networks.prepare),
    "report": Kind(documents.report_case, 60, documents.prepare),
    "result": Kind(documents.result_case, 10, documents.prepare),
    "unit": Kind(archives.unit_case, 60, archives.prepare),
    "dictionary": Kind(archives.dictionary_case, 40, archives.prepare),
    "patches": Kind(archives.patches_case, 40, archives.prepare),
    "checkpoint": Kind(checkpoints.case, 60, checkpoints.prepare),
    "weights": Kind(weights.case, 60, weights.prepare),
    "command": Kind(commands.case, 80, commands.prepare),
}
