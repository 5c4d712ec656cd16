"""OpenID Connect words: ID tokens, claims, prompts, logout requests. No I/O."""
