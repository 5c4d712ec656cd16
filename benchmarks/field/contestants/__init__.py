"""The contestants, each brought up from its registry by a module of its own."""
