"""Korean for Sphinx: a search that finds words with particles, and the words of the theme."""

import re
from collections.abc import Iterator
from gettext import NullTranslations

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.typing import ExtensionMetadata

HANGUL = re.compile(r"[가-힣]+")

# Words of the theme Furo that can be translated, and that Sphinx's own Korean does not cover.
WORDS = {
    "Skip to content": "본문으로 건너뛰기",
    "On this page": "이 페이지의 내용",
    "Back to top": "맨 위로",
    "Home": "처음",
    "Error": "오류",
    "Next": "다음",
    "Previous": "이전",
    "Search": "검색",
}

# Labels that Furo has in English only.
LABELS = {
    "Toggle navigation of ": "하위 메뉴 열고 닫기: ",
    "Toggle site navigation sidebar": "메뉴 열고 닫기",
    "Toggle table of contents sidebar": "목차 열고 닫기",
    "Toggle Light / Dark / Auto color theme": "밝게, 어둡게, 자동 바꾸기",
    "Auto light/dark, in light mode": "자동, 지금 밝게",
    "Auto light/dark, in dark mode": "자동, 지금 어둡게",
    "Light mode": "밝게",
    "Dark mode": "어둡게",
    "Contents": "목차",
    "Menu": "메뉴",
    "Expand": "펼치기",
}
LABEL = re.compile(rf'(aria-label="|<title>)({"|".join(map(re.escape, LABELS))})')


class SearchKorean(SearchEnglish):
    """Index a Hangul word by its beginnings too: 벡터를 is found by 벡터. English words are stemmed."""

    lang = "ko"
    language_name = "English"  # of the stemmer in the browser

    def split(self, input: str) -> list[str]:
        return [part for word in super().split(input) for part in (word, *beginnings(word))]


def beginnings(word: str) -> Iterator[str]:
    """Yield the shorter beginnings of the Hangul that a word begins with, of two syllables and more."""
    hangul = HANGUL.match(word)
    if hangul:
        yield from (word[:length] for length in range(2, hangul.end() + 1) if length < len(word))


class _Words(NullTranslations):
    def gettext(self, message: str) -> str:
        return WORDS.get(message.strip(), message)


def with_korean_labels(html: str) -> str:
    """Return the HTML of a page with the labels of the theme in Korean."""
    return LABEL.sub(lambda label: label[1] + LABELS[label[2]], html)


def _translate(app: Sphinx) -> None:
    is_korean = app.config.language == "ko"
    if is_korean:
        app.translator.add_fallback(_Words())
    app.builder.templates.environment.filters["in_its_language"] = with_korean_labels if is_korean else str


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_search_language(SearchKorean)
    app.connect("builder-inited", _translate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
