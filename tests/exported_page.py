"""An exported page as a browser finds it."""

import base64
import gzip
import json
import struct
from html.parser import HTMLParser


class Reader(HTMLParser):
    """What a browser finds in a file: data by name, scripts, styles, policy, and all that is fetched."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.parts, self.scripts, self.styles, self.fetched, self.policy, self.title = (
            {},
            [],
            [],
            [],
            None,
            None,
        )
        self.inside = (None, {})
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.inside = (tag, dict(attributes))
        self.fetched += [value for name, value in attributes if name in ("src", "href", "srcset", "action")]
        if self.inside[1].get("http-equiv") == "Content-Security-Policy":
            assert not self.scripts, "the policy comes before what it is about"
            self.policy = dict(rule.split(" ", 1) for rule in self.inside[1]["content"].split("; "))

    def handle_endtag(self, tag):
        self.inside = (None, {})

    def handle_data(self, data):
        tag, attributes = self.inside
        if tag == "script" and "data-name" in attributes:
            assert attributes["type"] == "application/octet-stream"
            name = attributes["data-name"]
            self.parts[name] = self.parts.get(name, "") + data
        elif tag == "script":
            self.scripts.append((attributes, data))
        elif tag == "style":
            self.styles.append(data)
        elif tag == "title":
            self.title = data

    def part(self, name):
        return gzip.decompress(base64.b64decode(self.parts[name]))

    def frame(self, name):
        content = self.part(name)
        n_header, n_payload = struct.unpack_from("<II", content)
        assert len(content) == 8 + n_header + n_payload
        return json.loads(content[8 : 8 + n_header]), content[8 + n_header :]

    @property
    def manifest(self):
        return json.loads(self.part("manifest.json"))
