import pytest


@pytest.fixture(scope="session")
def static(tmp_path_factory):
    """A page in place of the built one: what server and export know of it is there."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n  <head>\n'
        '    <meta charset="utf-8" />\n    <title>tovec</title>\n'
        '    <script type="module" crossorigin src="./page.js"></script>\n'
        '    <link rel="stylesheet" crossorigin href="./page.css">\n  </head>\n'
        '  <body>\n    <div id="page"></div>\n  </body>\n</html>\n'
    )
    (folder / "page.js").write_text(
        'const a = "</script><SCRIPT>", b = /<script/u; globalThis.seen = a + b.source;\n'
    )
    (folder / "page.css").write_text(
        '@font-face { font-family: P; src: url("./P.woff2") format("woff2"); }\n'
        'b::after { content: "</style>"; }\n'
    )
    (folder / "P.woff2").write_bytes(b"wOF2 font")
    (folder / "notes.md").write_text("not a part of the page")
    return folder
