"""
What happens to an identity provider when things break: real processes, killed, starved and raced over HTTP.

Each drill is a program (`python -m drills.kill`), keeps its own account of what the server acknowledged, and
ends with 1 when the server does not stand by it. See README.md.
"""
