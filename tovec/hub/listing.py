"""Which commit a revision is, and the files of that commit: from the Hub, or as last known.

The list is kept in the assets of the user's Hugging Face cache, in a folder named after the commit, so it
never changes. Where another program filled that cache, its files are the list.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

from tovec.errors import CannotDownload, TovecError
from tovec.hub.events import Unreachable
from tovec.hub.hf_errors import UnreachableError, saying_why
from tovec.hub.names import HubName, is_commit
from tovec.progress import Reporter
from tovec.storage import replace_file
from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import json_value
from tovec.storage.limits import contents

TIMEOUT_S = 10.0  # of a request, as in huggingface_hub
Listing = tuple[str, Mapping[str, int]]  # the commit, and the size of each file by its name


@dataclass(frozen=True)
class Hub:
    """The Hub's address and the folders for its files; None for the default of huggingface_hub.

    The defaults follow HF_ENDPOINT, HF_HUB_CACHE, HF_ASSETS_CACHE, HF_TOKEN and `hf auth login`.
    """

    endpoint: str | None = None
    cache_dir: Path | None = None
    assets_dir: Path | None = None
    token: str | None = None


def list_files(hub: Hub, name: HubName, reporter: Reporter) -> Listing:
    """Return the commit that `name` is now and its files.

    For a revision that is a commit whose list is known no request is made. Where the Hub cannot be reached,
    the last known answer is returned.
    Raises CannotDownload.
    """
    if is_commit(name.revision):
        sizes = _known_sizes(hub, name, name.revision)
        if sizes is not None:
            return name.revision, sizes
    try:
        return _ask(hub, name)
    except UnreachableError as error:
        known = _last_known(hub, name)
        if known is None:
            raise CannotDownload(f"{error}, and none of its files are on this machine") from error
        reporter(Unreachable(str(name), known[0]))
        return known


def assets(hub: Hub, name: HubName) -> Path:
    """Return our folder for a repository, where huggingface_hub.cached_assets_path would put it.

    That function creates the folder, so it fails for a read-only cache.
    """
    from huggingface_hub import constants

    home = Path(hub.assets_dir or constants.HF_ASSETS_CACHE).expanduser()
    return home / "tovec" / name.repository.replace("/", "--")


def _listing(hub: Hub, name: HubName, commit: str) -> Path:
    return assets(hub, name) / commit / "files.json"


def _reference(hub: Hub, name: HubName) -> Path:
    return assets(hub, name) / "refs" / f"at-{quote(name.revision, safe='')}"


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as file:
        file.write(text.encode())


def _ask(hub: Hub, name: HubName) -> Listing:
    """Return the commit that the revision is now and its files, and keep both for use offline."""
    from huggingface_hub import HfApi

    with saying_why(f"cannot open {name}", name):
        info = HfApi(endpoint=hub.endpoint, token=hub.token).model_info(
            name.repository, revision=name.revision, files_metadata=True, timeout=TIMEOUT_S
        )
        commit = str(info.sha)
        if not is_commit(commit):
            raise CannotDownload(
                f"the server gives {commit!r} as the newest commit, so it is not a Hugging Face Hub"
            )
        sizes = {file.rfilename: file.size for file in info.siblings or () if file.size is not None}
        _check_sizes(sizes)
    # Without them the next opening asks again, so a cache that cannot be written to is no error.
    with suppress(OSError, TovecError):
        _keep(_listing(hub, name, commit), json.dumps(sizes))
        _keep(_reference(hub, name), commit)
    return commit, sizes


def _last_known(hub: Hub, name: HubName) -> Listing | None:
    """Return the last known commit of the revision and its files; None without one.

    Where another program filled the user's cache, its files are all that is known.
    """
    with suppress(OSError, ValueError):
        commit = name.revision if is_commit(name.revision) else _reference(hub, name).read_text("ascii")
        sizes = _known_sizes(hub, name, commit) if is_commit(commit) else None
        if sizes is not None:
            return commit, sizes
    snapshot = _snapshot(hub, name)
    if snapshot is None or not is_commit(snapshot.name):
        return None
    files = (path for path in snapshot.rglob("*") if path.is_file())
    return snapshot.name, {path.relative_to(snapshot).as_posix(): path.stat().st_size for path in files}


def _snapshot(hub: Hub, name: HubName) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                name.repository, revision=name.revision, cache_dir=hub.cache_dir, local_files_only=True
            )
        )
    except LocalEntryNotFoundError as error:  # from huggingface_hub 2 on also where files are missing
        incomplete = getattr(error, "snapshot_path", None)
        return None if incomplete is None else Path(incomplete)


def _known_sizes(hub: Hub, name: HubName, commit: str) -> Mapping[str, int] | None:
    with suppress(OSError, CorruptFile, CannotDownload):
        sizes = json_value(contents(_listing(hub, name, commit)), "the list of its files")
        _check_sizes(sizes)
        return cast(Mapping[str, int], sizes)
    return None


def _check_sizes(sizes: object) -> None:
    if not isinstance(sizes, dict) or not all(
        isinstance(path, str) and type(size) is int and size >= 0 for path, size in sizes.items()
    ):
        raise CannotDownload("the list of its files is damaged")
