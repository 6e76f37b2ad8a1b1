"""Write and read files safely: atomic replacement, locks, limits, errors that name the file.

A file or folder is replaced atomically: a reader sees the old one or the new one, never half of one. The new
one is built beside the old one under a hidden name, forced to the disk, and takes the place of the old one at
the end. An error before that leaves the old one unchanged; the next process that writes there removes what a
killed process left. What the bytes of a format mean is the matter of formats/.
"""

from tovec.storage.consistent_reads import read_consistent
from tovec.storage.files import replace_file
from tovec.storage.folders import replace_folder
from tovec.storage.journal import place_of
from tovec.storage.leftovers import clear_leftovers, clear_leftovers_in, is_leftover
from tovec.storage.pairs import read_pair, replace_pair
from tovec.storage.paths import real_path

__all__ = [
    "clear_leftovers",
    "clear_leftovers_in",
    "is_leftover",
    "place_of",
    "read_consistent",
    "read_pair",
    "real_path",
    "replace_file",
    "replace_folder",
    "replace_pair",
]
