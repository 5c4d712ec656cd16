"""
The authorization server of :rfc:`6749` and the OpenID Provider of OpenID Connect Core 1.0.

It decides, and has no HTTP, SQL, HTML, clock or randomness of its own: what it needs of the world is in
`ports` and `storage`, and you pass it to `server.AuthorizationServer`. Every request travels the same way:
**read → decide → issue → commit**.
"""
