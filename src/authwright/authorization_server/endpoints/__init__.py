"""The endpoints, one file each. They take plain data and return plain data."""
