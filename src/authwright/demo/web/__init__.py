"""
The web app of the demo: signs people in with `authwright.client` and shows what that means.

It is built as such an app should be. Tokens stay on the server; the browser has an HttpOnly cookie with a
random name for them, which changes at sign-in. ``state`` and the rest of a login under way are kept with that
cookie, so a callback counts in the browser that began it. Every button is a POST with a token of its own.
The pages work without JavaScript, and there is none.
"""
