"""The system's Chromium for tests of pages, which skip without one."""

import contextlib

from headless_page import FLAGS, chromium_path
from needs import needs, needs_that


@contextlib.contextmanager
def launched():
    """Yield a headless Chromium, a browser of Playwright."""
    program = chromium_path()
    needs_that(program is not None, "there is no Chromium on the PATH; Debian's package `chromium` has one")
    with needs("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
