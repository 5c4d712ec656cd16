"""
For tests, ours and yours: the ports of the authorization server without a disk, a clock or a network.

`authwright.testing.memory_storage.MemoryStorage` keeps every promise of the storage port except
durability, and passes the same contract suite as the databases.
"""
