-- Which node does the work that one node has to do. A row for each kind of work: the table does not grow.

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
