"""Signed JSON: keys, signatures and claims (RFC 7515, 7517, 7518, 7519, 8037, 8725). No I/O."""
