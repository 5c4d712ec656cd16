"""
authwright: OAuth 2.0 and OpenID Connect for Python.

The packages carry the names that the specifications give to the roles:

* :mod:`authwright.jose`, :mod:`authwright.oauth`, :mod:`authwright.oidc`: words and rules that all share
* :mod:`authwright.authorization_server`: decides; embeddable, with no HTTP, SQL, HTML or clock of its own
* :mod:`authwright.resource_server`: protects an API
* :mod:`authwright.client`: signs people in and calls APIs
* :mod:`authwright.idp`: the product, an identity provider with accounts, pages, storage and a command line
* :mod:`authwright.transport`: the one guarded HTTP client behind the roles
* :mod:`authwright.integrations`: one module per web framework
* :mod:`authwright.testing`: in-memory storage and an issuer of tokens, for tests
* :mod:`authwright.demo`: the whole story in a browser

Nothing is re-exported here: import from the package that owns the name.
"""

__version__ = "0.1.0"
