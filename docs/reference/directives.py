"""The directive ``check``: a layer is checked while the site is built, which fails if it fails."""

from __future__ import annotations

import inspect

from check import table
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from inverse import layers


class Check(SphinxDirective):
    """The table of `check.table` for the layer that is named.

    In the repository a reader sees the block's content, the command that makes the same table.
    """

    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        self.env.note_dependency(inspect.getfile(getattr(layers, name)))
        try:
            return self.parse_text_to_nodes(table(name))
        except AssertionError as error:
            raise ExtensionError(f"{self.env.docname}: {error}") from error
