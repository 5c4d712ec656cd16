"""The seams between `authwright.resource_server` and web frameworks: one module for each framework."""
