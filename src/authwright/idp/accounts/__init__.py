"""People: accounts, passwords, throttles."""
