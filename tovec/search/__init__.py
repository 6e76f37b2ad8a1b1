"""From a table and a query vector to the ids of the rows with the highest cosine; of tokens it knows nothing.

`exact` measures every row. `quantized` keeps the table at one byte a number, with a bound on each error, so
that its answers are exact too. `table_search` decides which of the two answers, and caches what the next
question can use. `approximate` is a graph for millions of rows, whose recall is measured.
"""
