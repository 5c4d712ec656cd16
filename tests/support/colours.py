"""One story for both colours of the client."""


class InBothColours:
    """A `Client` with the face of an `AsyncClient`, so that one story serves both."""

    def __init__(self, client):
        self._client = client

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self._client.close()

    def __getattr__(self, name):
        async def call(*args, **kwargs):
            return getattr(self._client, name)(*args, **kwargs)

        return call
