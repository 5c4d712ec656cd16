"""
The product: an identity provider with accounts, pages, storage, keys and a command line.

It assembles the authorization server with everything that one needs to be run; `app` is the only place
where the parts are put together.
"""
