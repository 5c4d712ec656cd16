"""
HTTP/1.1 for the identity provider: a connection, its exchanges, the head of an answer. :rfc:`9112`.

uvicorn runs the server: its sockets, the lifespan of the application, the stop. What it would do with each
connection is done here instead, within bounds that it does not set and for half of what it costs
(docs/adr/0061).
"""
