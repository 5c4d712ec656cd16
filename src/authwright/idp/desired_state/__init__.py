"""
Configuration as code: a TOML file says which APIs, clients, groups and people there shall be.

Three steps, of which the middle one is pure: `document` reads the file strictly, `plan` compares it with what
is stored and says which writes make them equal, `apply` does the reading and the one commit. Applying a file
twice changes nothing the second time.

The file says everything about an API, a client or a group: what it leaves out has its default. Of a person it
says what it names, and the rest is the person's own. What is not in the file is kept, unless asked otherwise,
and a person is never deleted.
"""
