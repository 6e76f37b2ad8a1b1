"""What a browser shows that has no key to the page: what to do, in the reader's language first.

The usual reason is a restart of the server, whose key is a new one each time.
"""

import base64
import hashlib
import html
import re

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response

_TEXTS = {
    "en": (
        "This page needs a new key",
        "Its address holds a key that changes whenever <code>tovec view</code> is started.",
        "If it is still running: open the address that it printed in the terminal, such as "
        "<code>{address}</code>",
        "If it has ended: run <code>tovec view SOURCE</code> again, with your table for SOURCE.",
        "To come back to what you saw, copy the part of this address from <code>#</code> on to the end of "
        "the new one.",
    ),
    "ko": (
        "이 페이지를 열려면 새 키가 필요해요",
        "주소에 키가 들어 있는데, <code>tovec view</code>를 시작할 때마다 키가 바뀌어요.",
        "아직 실행 중이라면 터미널에 출력된 주소를 여세요. <code>{address}</code> 같은 주소예요.",
        "종료됐다면 <code>tovec view SOURCE</code>를 다시 실행하세요. "
        "SOURCE 자리에는 표의 경로나 이름을 넣으세요.",
        "보던 화면을 다시 보려면 지금 주소에서 <code>#</code>부터 끝까지를 새 주소 뒤에 붙이세요.",
    ),
}
FONT = "/PretendardVariable.woff2"  # the one file that needs no key: Korean may have no other font
_STYLE = """
@font-face { font-family: Pretendard; src: url(".{font}") format("woff2"); font-weight: 45 920 }
:root { color-scheme: light dark;
  --ink: #1a1b1f; --faint: #5f626b; --ground: #f7f7f5; --panel: #fff; --line: #e2e2df }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e9ec; --faint: #a0a3ad; --ground: #0f1013; --panel: #16171b; --line: #2a2c32 }
}
body { margin: 0; padding: 8vh 20px; background: var(--ground); color: var(--ink); word-break: keep-all;
  font: 15px/1.6 Pretendard, system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic",
    sans-serif }
main { max-width: 640px; margin: 0 auto }
section { margin-bottom: 20px; padding: 22px 26px; background: var(--panel); border: 1px solid var(--line);
  border-radius: 12px }
h1, h2 { margin: 0 0 8px; font-size: 19px }
p { margin: 0 0 8px; color: var(--faint) }
ul { margin: 0; padding-left: 20px }
li { margin: 6px 0 }
code { font: 13px ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
""".replace("{font}", FONT)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; font-src 'self'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def wants_page(headers: Headers) -> bool:
    """Whether the request is that of a browser for a page to show, not of a script or a program."""
    return "text/html" in headers.get("accept", "")


def no_key_page(headers: Headers) -> Response:
    """Return the page for someone without the key. headers: of the request."""
    korean_first = re.match("ko\\b", headers.get("accept-language", ""), re.IGNORECASE) is not None
    languages = ("ko", "en") if korean_first else ("en", "ko")
    address = f"http://{html.escape(headers.get('host', ''))}/?key=…"
    sections = _section(languages[0], address, "h1") + _section(languages[1], address, "h2")
    page = (
        f'<!doctype html><html lang="{languages[0]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>tovec</title><style>{_STYLE}</style></head><body><main>{sections}</main></body></html>"
    )
    return HTMLResponse(page, 403, {"Content-Security-Policy": _POLICY})


def _section(language: str, address: str, heading: str) -> str:
    title, why, *steps = (text.format(address=address) for text in _TEXTS[language])
    listed = "".join(f"<li>{step}</li>" for step in steps)
    return f'<section lang="{language}"><{heading}>{title}</{heading}><p>{why}</p><ul>{listed}</ul></section>'
