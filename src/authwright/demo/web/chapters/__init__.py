"""One module for each page of the story, and the order in which it is told."""

from authwright.demo.web.chapters import (
    api,
    expiry,
    flow,
    machine,
    refresh,
    revocation,
    sign_in,
    sign_out,
    tampering,
    tokens,
)

CHAPTERS = (
    sign_in.CHAPTER,
    flow.CHAPTER,
    tokens.CHAPTER,
    api.CHAPTER,
    tampering.CHAPTER,
    expiry.CHAPTER,
    refresh.CHAPTER,
    revocation.CHAPTER,
    sign_out.CHAPTER,
    machine.CHAPTER,
)
"""In the order of the story. The machine has its own, so it comes last."""
