"""The value that everything is a function to, from or over: a table of vectors whose rows have names.

`Embedding` puts together what each module here adds to named rows: construction, queries, texts, frames.
"""

from tovec.embedding.embedding import Embedding as Embedding
from tovec.embedding.embedding import check_embedding as check_embedding
from tovec.embedding.queries import Neighbor as Neighbor
from tovec.vectors.lookup import Query as Query
