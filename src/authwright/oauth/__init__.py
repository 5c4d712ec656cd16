"""OAuth 2.0 words: messages, parameters and the rules about them that both sides share. No I/O."""
