"""A model's repository on the Hugging Face Hub at one commit: its files, whole or in parts.

Files fetched whole are in the user's ordinary Hugging Face cache, where other programs find them too; ranges
of large ones are in its assets. Both are named after the commit, so they never change and can be used
offline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tovec.errors import CannotDownload, MissingExtra
from tovec.hub.events import Download
from tovec.hub.hf_errors import no_bars, saying_why
from tovec.hub.listing import Hub, assets, list_files
from tovec.hub.names import HubName, check_path, parse_name
from tovec.hub.partial_file import is_whole
from tovec.hub.ranges import RemoteFile
from tovec.progress import Ended, Reporter, Stage
from tovec.storage.limits import MAX_CONTENTS


@dataclass(frozen=True)
class Repository:
    """The files of a model at one commit, by name, with their sizes in bytes."""

    hub: Hub
    name: HubName
    commit: str
    sizes: Mapping[str, int]
    reporter: Reporter

    def __str__(self) -> str:
        return str(self.name)

    def cached(self, path: str) -> Path | None:
        """Return the path of a file in the user's cache; None where it is not there completely."""
        from huggingface_hub import try_to_load_from_cache

        self._check(path)
        found = try_to_load_from_cache(
            self.name.repository, path, cache_dir=self.hub.cache_dir, revision=self.commit
        )
        return Path(found) if isinstance(found, str) and is_whole(Path(found), self.sizes[path]) else None

    def fetch(self, path: str) -> Path:
        """Return the path of a file, downloaded unless it is in the cache. Raises CannotDownload."""
        from huggingface_hub import hf_hub_download

        found = self.cached(path)
        if found is not None:
            return found
        size = self.sizes[path]
        if size > MAX_CONTENTS:
            raise CannotDownload(
                f"{path} of {self} has {size:,} bytes, and at most {MAX_CONTENTS:,} are allowed for a file "
                "that describes a model"
            )
        with saying_why(f"cannot download {path} of {self}", self.name):
            self.reporter(Download(path, path, size, 0, size))
            try:
                with no_bars():
                    found = Path(
                        hf_hub_download(
                            self.name.repository,
                            path,
                            revision=self.commit,
                            cache_dir=self.hub.cache_dir,
                            endpoint=self.hub.endpoint,
                            token=self.hub.token,
                        )
                    )
                self.reporter(Stage(path, size, size, "B"))
            finally:
                self.reporter(Ended(path))
            return found

    def remote(self, path: str) -> RemoteFile:
        """Return a file of which ranges can be fetched; nothing is fetched yet."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers

        self._check(path)
        return RemoteFile(
            repository=self.name.repository,
            path=path,
            size=self.sizes[path],
            url=hf_hub_url(self.name.repository, path, revision=self.commit, endpoint=self.hub.endpoint),
            headers=lambda: build_hf_headers(token=self.hub.token, library_name="tovec"),
            folder=self.folder(path),
            reporter=self.reporter,
        )

    def folder(self, path: str) -> Path:
        """Return the folder for the ranges of a file."""
        return assets(self.hub, self.name) / self.commit / "ranges" / check_path(path, str(self))

    def _check(self, path: str) -> None:
        check_path(path, str(self))
        if path not in self.sizes:
            raise CannotDownload(f"{self} has no file {path!r}")


def open_repository(name: str, hub: Hub, reporter: Reporter) -> Repository:
    """Return the repository that `org/name` or `org/name@revision` names, as it is now.

    Raises BadSource for another name, CannotDownload, and MissingExtra.
    """
    try:
        import huggingface_hub  # noqa: F401
    except ImportError as error:
        raise MissingExtra("a model of the Hugging Face Hub", "hub") from error
    parsed = parse_name(name)
    commit, sizes = list_files(hub, parsed, reporter)
    return Repository(hub, parsed, commit, sizes, reporter)
