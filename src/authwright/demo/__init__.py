"""
The whole story in a browser: `authwright demo`.

Three servers in one event loop, each on a loopback port of its own: the identity provider, an API that
`authwright.integrations.fastapi` protects, and a web app that signs people in with `authwright.client`. They
share nothing but the machine's clock, which the demo can move; all they tell each other goes over HTTP, and
the app shows it.

This is the one package that stands above all others, because it is what they are together. Nothing imports
it but the command line, when the command is called.
"""
