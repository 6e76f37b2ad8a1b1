"""docs/pictures.py makes every picture of docs/images, from sources that it knows how to make."""

import re
from pathlib import Path

import pytest
from pictures import FIGURES, IMAGES, LARGEST, MINILM, SHOTS, SOURCES, WORDS_IN_ADDRESS

ROOT = Path(__file__).parent.parent
PICTURES = sorted(IMAGES.glob("*"))


def test_every_picture_is_made_by_the_program():
    assert {picture.name for picture in PICTURES} == {f"{name}.png" for name in (*SHOTS, *FIGURES)}


@pytest.mark.parametrize("name", [*SHOTS, *FIGURES])
def test_a_picture_shows_sources_that_the_program_makes(name):
    command = SHOTS[name].view if name in SHOTS else FIGURES[name]
    assert any(word in (*SOURCES, MINILM) for word in command.split())


def test_the_page_reads_every_part_of_an_address():
    # The keys that page/src/state/url.ts and the modules beside it write.
    state = (ROOT / "page/src/state").glob("*.ts")
    written = {key for path in state for key in re.findall(r"\"(\w+)\"", path.read_text(encoding="utf-8"))}
    keys = {key for shot in SHOTS.values() for key in shot.address}
    assert keys | set(WORDS_IN_ADDRESS) <= written


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_is_small_enough_for_a_page(picture):
    assert picture.stat().st_size <= LARGEST
