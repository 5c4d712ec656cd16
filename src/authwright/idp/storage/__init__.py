"""
Where the identity provider keeps everything: one port, hand-written SQL, forward-only migrations.

`ProductStorage` extends the authorization server's `Storage` by what accounts, keys and pages need.
"""

from authwright.idp.storage.port import ProductStorage

__all__ = ["ProductStorage"]
