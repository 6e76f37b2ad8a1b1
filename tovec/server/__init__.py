"""The page in the browser: its data, its server, and the same page as one file."""
