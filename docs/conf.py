"""How Sphinx builds the site of one language; build_site.py calls it once for each."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = html_title = "tovec"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
extensions += ["command_help", "docstrings", "korean"]
needs_sphinx = "9.0"

# Markdown
myst_heading_anchors = 4
myst_links_external_new_tab = False

smartquotes = False  # options keep their two hyphens

# Docstrings: `code` between single backquotes, types by their last name, methods in the order of the source.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

# What a reader sees
html_theme = "furo"
html_static_path = ["theme/static"]
templates_path = ["theme"]
html_css_files = ["tovec.css"]
html_js_files = [("tovec.js", {"priority": 900})]  # after the scripts whose words it changes
html_copy_source = False
html_use_index = False
html_last_updated_fmt = None
pygments_style = "friendly"
pygments_dark_style = "github-dark"
# Of a block with prompts, only what follows a prompt is copied, not the output.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_copy_empty_lines = False
copybutton_line_continuation_character = "\\"

# The colors of tovec's page, page/src/ui/base.css
LIGHT = {
    "background": "#f7f7f5",
    "panel": "#ffffff",
    "ink": "#1a1b1f",
    "faint": "#5f626b",
    "line": "#e2e2df",
    "accent": "#3d4fd6",
    "accent-soft": "rgb(61 79 214 / 10%)",
}
DARK = {
    "background": "#0f1013",
    "panel": "#16171b",
    "ink": "#e9e9ec",
    "faint": "#a0a3ad",
    "line": "#2a2c32",
    "accent": "#97a6ff",
    "accent-soft": "rgb(151 166 255 / 16%)",
}


def _variables(colors: dict[str, str]) -> dict[str, str]:
    """Return the variables of Furo for these colors."""
    return {
        "font-stack": '"Pretendard", system-ui, -apple-system, "Segoe UI", "Noto Sans KR", sans-serif',
        # Hangul in code comes from Pretendard where the font of the code has none.
        "font-stack--monospace": 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace, '
        '"Pretendard"',
        "color-background-primary": colors["panel"],
        "color-background-secondary": colors["background"],
        "color-foreground-primary": colors["ink"],
        "color-foreground-secondary": colors["faint"],
        "color-foreground-muted": colors["faint"],
        "color-background-border": colors["line"],
        "color-inline-code-background": colors["background"],
        "color-code-background": colors["background"],
        "color-code-foreground": colors["ink"],
        "color-brand-primary": colors["accent"],
        "color-brand-content": colors["accent"],
        "color-brand-visited": colors["accent"],
        "color-api-name": colors["accent"],
        "color-highlight-on-target": colors["accent-soft"],
        "color-api-pre-name": colors["faint"],
    }


html_theme_options = {
    "light_css_variables": _variables(LIGHT),
    "dark_css_variables": _variables(DARK),
}
