"""The first example of the page about align runs; the Korean page has the same commands and code."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(language, re.sub(r" +#.*", "", code)) for language, code in found]


def test_both_documents_show_the_same():
    ours, korean = blocks("en/background/align.md"), blocks("ko/background/align.md")
    assert [language for language, _ in ours] == [language for language, _ in korean]
    gemma = ours[2][1].partition("\n")[2], korean[2][1].partition("\n")[2]  # below the line of comment
    assert gemma[0] == gemma[1] and "script_of" in gemma[0]
    assert [*ours[:2], *ours[3:]] == [*korean[:2], *korean[3:]]


def test_the_first_example_runs(tmp_path):
    code = next(code for language, code in blocks("en/background/align.md") if language == "python")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "TovecWarning: the map is fitted on 5 pairs, and 4 dimensions want 16" in run.stderr
    assert run.stdout.splitlines()[0].endswith(" (4, 4)")
    assert (tmp_path / "english-there" / "map.safetensors").is_file()
