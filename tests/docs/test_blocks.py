"""docs/blocks.py, which runs the code of a page and compares what it prints with the page."""

import subprocess
import sys

import pytest
from blocks import PageError, alike, as_run_here, blocks, needed, run_page
from pages import DOCS

PAGE = """---
needs: torch, no_such_package
---
# Page

```python
x = 3
print("x is", x)
```

```text
x is 3
```

Some words.

```text
$ tovec inspect a-file-of-yours
```

```python
print(x + 1)
```
```text
4
```
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Run Markdown as a page in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(text):
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        run_page(path)

    return run


def test_a_text_block_right_below_code_is_what_the_code_prints():
    found = blocks(PAGE)
    assert [(block.language, block.line) for block in found] == [
        ("python", 7), ("text", 12), ("text", 18), ("python", 22), ("text", 25),
    ]  # fmt: skip
    assert [block.printed for block in found] == ["x is 3\n", None, None, "4\n", None]


def test_a_page_without_code_has_no_blocks(page):
    assert blocks("# Page\n\nWords.\n") == []
    page("# Page\n")


def test_blocks_of_a_page_share_one_session(page):
    page(PAGE)


def test_another_output_is_an_error_that_names_the_line(page):
    with pytest.raises(PageError, match=r"page\.md:7 prints\nx is 3\n\nand not\nx is 4"):
        page(PAGE.replace("x is 3", "x is 4"))


def test_code_that_fails_is_an_error_that_names_the_line(page):
    with pytest.raises(PageError, match=r"(?s)page\.md:22\n.*ZeroDivisionError"):
        page(PAGE.replace("x + 1", "x / 0"))


def test_an_assertion_of_the_page_counts(page):
    with pytest.raises(PageError, match="AssertionError"):
        page("```python\nassert 1 > 2\n```\n")


def test_a_command_that_fails_is_an_error(page):
    with pytest.raises(PageError, match=r"page\.md:2\nfalse"):
        page("```sh\nfalse\n```\n")


def test_commands_and_code_work_in_the_same_folder(page):
    page(
        "```python\nimport pathlib\npathlib.Path('a.txt').write_text('one')\n```\n"
        "```sh\ncat a.txt\n```\n```text\none\n```\n"
    )


def test_blocks_that_are_only_shown_do_not_run(page):
    page("```py\n1 / 0\n```\n```text\n$ false\n```\n```toml\na = 1\n```\n")


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("cosine 0.912", "cosine 0.93", True),  # within a twentieth
        ("cosine 0.912", "cosine 0.97", False),
        ("1,040 tokens", "1,000 tokens", True),
        ("1,060 tokens", "1,000 tokens", False),
        ("-0.01", "0.01", True),  # near 0 it is absolute
        ("−3", "3", False),
        ("a  1\n\nb 2\n", "a 1\nb 2", True),  # spaces and empty lines do not count
        ("a 1\nb 2\n", "b 2\na 1", False),
        ("a\nb\nc\nd\n", "a\n…\nd", True),
        ("a\nd\n", "a\n…\nd", True),
        ("a\nb\nc\n", "a\n…\nd", False),
        ("a\nb\n", "a", False),
        ("", "", True),
        ("cat 1", "dog 1", False),
        ("1 2", "1", False),
    ],
)
def test_words_are_equal_and_numbers_nearly(printed, expected, same):
    assert alike(printed, expected) is same


def test_a_page_names_the_packages_that_it_needs():
    assert needed(PAGE) == ["torch", "no_such_package"]
    assert needed("# Page\n\nneeds: torch\n") == []


@pytest.mark.parametrize(
    ("command", "here"),
    [
        ("make demo     # draws the map", "tovec demo --no-open"),
        ("tovec view four   # Ctrl+C", "timeout -s INT 10 tovec view four    --no-open || [ $? = 124 ]"),
        ("pip install tovec", ":"),
        ("tovec neighbors four cat", "tovec neighbors four cat"),
    ],
)
def test_a_command_runs_without_a_person(command, here):
    assert as_run_here(command) == here


def test_pages_run_in_order_and_one_without_its_packages_is_left_out(tmp_path):
    (tmp_path / "1.md").write_text("```sh\necho one > a.txt\n```\n")
    (tmp_path / "2.md").write_text(PAGE)
    (tmp_path / "3.md").write_text("```sh\ncat a.txt\n```\n```text\ntwo\n```\n")
    pages = [tmp_path / f"{n}.md" for n in (1, 2, 3)]
    ended = subprocess.run(
        [sys.executable, DOCS / "blocks.py", tmp_path / "run", *pages],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1 and "3.md:2 prints\none\n\nand not\ntwo" in ended.stderr
    assert "2.md: left out, needs " in ended.stdout and "no_such_package" in ended.stdout
