"""
The product: an identity provider with accounts, pages, storage, keys and a command line.

It assembles the authorization server with everything that one needs to be run: `provider` is the only place
that knows every part, and `app` serves what it put together.
"""
