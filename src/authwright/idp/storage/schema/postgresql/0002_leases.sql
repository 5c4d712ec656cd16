-- Which node does the work that one node has to do. A row for each kind of work: the table does not grow.

CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    ends_at BIGINT NOT NULL
);
