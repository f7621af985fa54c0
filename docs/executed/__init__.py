"""How the blocks and commands of the pages are executed by ``pytest docs README.md``."""
