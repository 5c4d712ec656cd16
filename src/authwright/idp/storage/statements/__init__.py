"""The SQL of each record, guards included, and how its rows become records."""
