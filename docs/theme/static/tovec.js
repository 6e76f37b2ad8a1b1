// A browser lets no page that was opened from disk read another one for the lines around a hit.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY &&= location.protocol !== "file:";
