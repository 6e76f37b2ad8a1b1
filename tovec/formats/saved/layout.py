"""What a saved folder consists of, as its layout says; folder.py writes it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple


class Contents(NamedTuple):
    """The files of a folder, not yet written.

    texts: contents by the name of the file. n_bytes: of the tables. write_tables: writes these into a folder;
    raises CannotSave for a number that their type cannot hold.
    """

    texts: Mapping[str, str]
    n_bytes: int
    write_tables: Callable[[Path], None]
