"""docs/build_site.py: what a page shows that its code makes, and a page whose packages are missing."""

import pytest
from build_site import Build, BuildError, is_complete, shown_by

PAGE = """---
needs: {package}
---
# Page

```python
import pathlib
pathlib.Path("points.png").write_bytes(b"")
```

Look at the picture.

![Some points](made/points.png)

```{{raw}} html
<iframe src="made/four.html#lang=en" title="Four" width="100%" height="600"></iframe>
```

The end.
"""


def page(folder, package):
    path = folder / "page.md"
    path.write_text(PAGE.format(package=package), encoding="utf-8")
    return path


def test_a_page_shows_pictures_and_pages_in_frames(tmp_path):
    assert shown_by(page(tmp_path, "numpy")) == ["points.png", "four.html"]


def test_without_its_packages_a_page_has_no_pictures_and_all_else(tmp_path, capsys):
    path = page(tmp_path, "no_such_package")
    assert not is_complete(path)
    assert shown_by(path) == []
    assert "import pathlib" in path.read_text() and "The end." in path.read_text()
    assert "made/" not in path.read_text() and "iframe" not in path.read_text()
    assert "page.md: its pictures are left out, they need no_such_package" in capsys.readouterr().out


def test_with_its_packages_a_page_stays_as_it_is(tmp_path):
    path = page(tmp_path, "numpy")
    assert is_complete(path)
    assert path.read_text() == PAGE.format(package="numpy")


def test_a_picture_that_no_code_makes_is_an_error(tmp_path):
    path = page(tmp_path, "numpy")
    build = Build(work=tmp_path / "work", site=tmp_path / "site", is_draft=False)
    with pytest.raises(BuildError, match=r"page\.md shows made/four\.html, which its code does not make"):
        build._make_pictures([path], tmp_path / "run")
    assert (tmp_path / "made" / "points.png").is_file()
