"""HTTP and HTML of the identity provider: protocol endpoints over raw ASGI, pages over Starlette."""
