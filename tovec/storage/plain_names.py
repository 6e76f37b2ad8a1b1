"""Names of files that a file or a server gives: which of them stay in their folder, on any system."""

_NOT_IN_NAMES = frozenset("/\\:\0")  # what leads out of a folder


def is_plain_name(name: str) -> bool:
    """Whether `name` is that of an entry of a folder, and no way out of it."""
    return name not in ("", ".", "..") and name.isprintable() and _NOT_IN_NAMES.isdisjoint(name)
