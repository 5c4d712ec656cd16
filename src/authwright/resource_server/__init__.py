"""
The resource server of :rfc:`6749#section-1.1`: protects an API.

`protection.Protection` is the one object to build. It takes a request as plain data and gives the access
token, verified, or raises `refusals.Refused`, which knows what was wrong and what to change;
`error_response` makes the HTTP answer of it. The frameworks' seams are in `authwright.integrations`.
"""
