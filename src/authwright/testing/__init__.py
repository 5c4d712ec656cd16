"""
For tests, ours and yours: the ports of the authorization server without a disk, a clock or a network.

`authwright.testing.fake_issuer.FakeIssuer` is what the tests of an API need: it signs tokens, good and bad,
and answers in place of the issuer. `authwright.testing.clock.FrozenClock` is a time that the test moves.

`authwright.testing.memory_storage.MemoryStorage` keeps every promise of the storage port except
durability, and passes the same contract suite as the databases.
"""
