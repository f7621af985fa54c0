"""What a command left, and what it said."""

from inverse.cli import main


def files(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


def refused(capsys, *arguments):
    """The one line on stderr of a command that is bad use."""
    try:
        status = main(list(arguments))
    except SystemExit as exit_:
        status = exit_.code
    shown = capsys.readouterr()
    assert status == 2
    assert shown.out == ""
    assert shown.err.startswith("inverse")
    assert shown.err.count("\n") == 1
    return shown.err
