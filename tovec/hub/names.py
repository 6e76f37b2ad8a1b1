"""Names on the Hugging Face Hub: what a user writes after `hf:`, and whether a file name is a safe path."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from tovec.errors import BadSource
from tovec.storage.paths import is_plain_name

_NAME = re.compile(
    r"(?P<repository>[^/@]+(?:/[^/@]+)?)"
    r"(?:@(?P<revision>refs/pr/\d+|[^/@]+))?"
    r"(?:/(?P<file>[^@]+))?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubName:
    """`org/name`, a branch, tag or commit of it, and the requested file; None without one."""

    repository: str
    revision: str
    file: str | None

    def __str__(self) -> str:
        return f"hf:{self.repository}"


def parse_name(name: str) -> HubName:
    """Return the parts of `org/name`, `org/name@revision` or `org/name@revision/a/file.gguf`.

    Names from the Hub's first years have no owner (`gpt2`); no file can follow these.
    Raises BadSource for anything else.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    found = _NAME.fullmatch(name)
    try:
        validate_repo_id(found["repository"] if found else "")
    except HFValidationError:
        found = None
    if found is None:
        raise BadSource(
            f"{f'hf:{name}'!r} is not the name of a Hub model; write hf:org/name, hf:org/name@revision or "
            "hf:org/name/file.gguf"
        )
    if found["file"] is not None:
        check_path(found["file"], f"hf:{found['repository']}")
    return HubName(found["repository"], found["revision"] or "main", found["file"])


def is_commit(revision: str) -> bool:
    """Whether `revision` is the complete hash of a commit."""
    return _COMMIT.fullmatch(revision) is not None


def check_path(name: str, where: str) -> PurePosixPath:
    """Return `name`, given by a server or a user, as a path that stays inside its folder on any system.

    Raises BadSource for an absolute path and for `..`, a backslash, a drive or a control character.
    """
    parts = name.split("/")
    if not all(map(is_plain_name, parts)) or any(char in '"<>|?*' for char in name):
        raise BadSource(f"{where} has a file named {name!r}, which is not a path inside a repository")
    return PurePosixPath(*parts)
