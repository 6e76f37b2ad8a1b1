"""The page in the browser: an embedding to the bytes that the page reads, and a server for them or one file.

page_data.py and metadata.py make the bytes; projections.py and searching.py compute what is requested, in
the threads of jobs.py and workers.py; live.py draws a table that is still being trained; session.py joins
them and knows no network. app.py, guard.py, query.py, answers.py and connections.py are the server,
open_page.py starts it; export.py writes one HTML file. The page itself is TypeScript, in page/, built into
static/.
"""
