"""The server: sockets that listen, processes that take from them, and how all of it begins and ends."""
