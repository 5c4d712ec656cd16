"""
A realm moved as a whole: from one database to another, into a backup, and out of it.

There is one mechanism (`copy`): every table, read in one snapshot, written in one transaction to a database
that has nothing yet, and read again there. `sqlite` and `postgresql` are the two kinds of end it can have.
"""
