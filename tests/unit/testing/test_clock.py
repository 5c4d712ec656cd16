from authwright.testing.clock import FrozenClock


def test_time_stands_still_until_it_is_moved():
    """Time is an argument: a test moves it, forwards and backwards."""
    clock = FrozenClock(1000)
    assert (clock.now(), clock.now()) == (1000, 1000)
    assert clock.advance(30) == 1030
    assert clock.advance(-600) == 430
    assert clock.now() == 430
