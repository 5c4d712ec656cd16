"""
Two nodes of two workers each over one database behave as one server.

Every request is a connection of its own, so that it may come to either worker of the node.
"""

import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from authwright.jose import jws
from support.nodes import Browser, make_realm, password_is_taken, redeem, refresh, userinfo

WORKERS = 2
SECONDS = 3
"""In which everybody has to know. It takes a quarter of one where nobody else uses the processors."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def realm(request, tmp_path_factory):
    if request.param == "sqlite":
        url = "sqlite:///authwright.db"
    else:
        cluster = request.getfixturevalue("postgresql")
        url = cluster.url(cluster.new_database(cluster.migrated_template()))
    with ExitStack() as stack:
        realm = make_realm(tmp_path_factory.mktemp("realm"), url)
        for _ in range(2):
            stack.enter_context(realm.node(workers=WORKERS, log_level="debug"))
        yield realm


@pytest.fixture
def browser():
    with Browser() as browser:
        yield browser


def everywhere(realm, check):
    """Whether *check* holds at every node, whoever of its workers answers."""
    return all(check(node) for node in realm.nodes for _ in range(3 * WORKERS))


def soon(realm, check):
    """Wait until *check* holds everywhere, and not too long."""
    deadline = time.monotonic() + SECONDS
    while not everywhere(realm, check):
        assert time.monotonic() < deadline
    return True


def tokens(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_session_is_one_of_all_nodes(realm, browser):
    """Signed in at one, nobody is asked at the other."""
    one, other = realm.nodes
    assert not browser.is_signed_in(other)
    browser.authorize(one)
    assert everywhere(realm, browser.is_signed_in)


def test_a_code_of_one_node_is_redeemed_at_the_other_once(realm, browser):
    """Of many who try at once at both nodes, one. RFC 6749 §4.1.2. The replay ends what that one got."""
    one, other = realm.nodes
    assert tokens(redeem(other, browser.authorize(one)))["access_token"]
    answer = browser.authorize(one)
    with ThreadPoolExecutor(12) as pool:
        statuses = [
            done.status_code for done in pool.map(lambda i: redeem((one, other)[i % 2], answer), range(12))
        ]
    assert sorted(statuses) == [200] + [400] * 11


def test_a_refresh_token_rotates_at_any_node(realm, browser):
    """And what the other node issues is good at this one."""
    one, other = realm.nodes
    issued = tokens(redeem(one, browser.authorize(one)))
    again = tokens(refresh(other, issued["refresh_token"]))
    assert again["refresh_token"] != issued["refresh_token"]
    assert everywhere(realm, lambda node: userinfo(node, again["access_token"]) == 200)
    assert tokens(refresh(one, again["refresh_token"]))


def test_a_revocation_counts_everywhere_at_once(realm, browser):
    """RFC 7009 §2.1: no node has anything left of the grant."""
    one, other = realm.nodes
    issued = tokens(redeem(one, browser.authorize(one)))
    assert everywhere(realm, lambda node: userinfo(node, issued["access_token"]) == 200)
    form = {"token": issued["refresh_token"], "client_id": "spa"}
    assert one.post("/revoke", form).status_code == 200
    assert everywhere(realm, lambda node: userinfo(node, issued["access_token"]) == 401)
    assert everywhere(realm, lambda node: not realm.is_active(node, issued["access_token"]))
    assert refresh(other, issued["refresh_token"]).status_code == 400


def test_an_end_of_session_counts_everywhere_at_once(realm, browser):
    """Signed out at one node is signed out."""
    one, other = realm.nodes
    browser.authorize(one)
    assert browser.is_signed_in(other)
    browser.sign_out(other)
    assert everywhere(realm, lambda node: not browser.is_signed_in(node))


def test_a_disabled_account_has_nothing_anywhere_at_once(realm):
    """By the command line, beside the nodes."""
    realm.do("user", "add", "dora", input="a chisel and a marking knife\n")
    with Browser("dora", "a chisel and a marking knife") as browser:
        issued = tokens(redeem(realm.nodes[1], browser.authorize(realm.nodes[0])))
        assert everywhere(realm, lambda node: userinfo(node, issued["access_token"]) == 200)
        realm.do("user", "disable", "dora")
        assert everywhere(realm, lambda node: userinfo(node, issued["access_token"]) == 401)
        assert everywhere(realm, lambda node: refresh(node, issued["refresh_token"]).status_code == 400)
        assert everywhere(realm, lambda node: not browser.is_signed_in(node))


def test_attempts_are_counted_together(realm):
    """Six wrong passwords at each node are twelve, and ten are allowed."""
    realm.do("user", "add", "bob", input="a chisel and a marking knife\n")
    for node in realm.nodes * 6:
        assert not password_is_taken(node, "bob", "wrong")
    assert everywhere(realm, lambda node: not password_is_taken(node, "bob", "a chisel and a marking knife"))


def test_a_new_key_is_known_before_it_signs(realm):
    """Whoever meets a token of it may fetch the keys from any node, or ask any."""
    said = realm.do("keys", "rotate", "--now")
    kid = re.search(r"Made (\S+?)[,.] ", said)[1]

    def published(node):
        return kid in [key["kid"] for key in node.get("/jwks").json()["keys"]]

    assert soon(realm, published)
    deadline = time.monotonic() + 20
    while jws.parse(token := realm.machine_token(realm.nodes[0])).header["kid"] != kid:
        assert time.monotonic() < deadline
    assert everywhere(realm, published)
    assert everywhere(realm, lambda node: realm.is_active(node, token))


def test_a_withdrawn_key_is_known_nowhere(realm):
    """What it signed is refused by every node."""
    token = realm.machine_token(realm.nodes[0])
    kid = jws.parse(token).header["kid"]
    realm.do("keys", "withdraw", kid, "--yes")
    assert soon(realm, lambda node: not realm.is_active(node, token))
    new = realm.machine_token(realm.nodes[1])
    assert everywhere(realm, lambda node: realm.is_active(node, new))


def test_a_client_is_changed_everywhere(realm):
    """A new secret, disabled, enabled."""

    def status(secret):
        form = {"grant_type": "client_credentials"}
        return lambda node: node.post("/token", form, auth=("job", secret)).status_code

    former = realm.secret
    realm.secret = re.search(r"shown this once:  (\S+)", realm.do("client", "rotate-secret", "job", "--now"))[
        1
    ]
    assert soon(realm, lambda node: status(former)(node) == 401)
    assert everywhere(realm, lambda node: status(realm.secret)(node) == 200)
    realm.do("client", "disable", "job")
    assert soon(realm, lambda node: status(realm.secret)(node) == 401)
    realm.do("client", "enable", "job")
    assert soon(realm, lambda node: status(realm.secret)(node) == 200)


def holders(realm):
    """Who took the maintenance and has not left it, by the logs: process ids."""
    said = [line for node in realm.nodes for line in list(node.server.log)]
    taken = [re.search(r'maintenance.taken.*"holder": "[^"]*:(\d+):', line) for line in said]
    left = [re.search(r'maintenance.left.*"holder": "[^"]*:(\d+):', line) for line in said]
    return {int(found[1]) for found in taken if found} - {int(found[1]) for found in left if found}


def next_holder(realm, former):
    """The one process that has taken the maintenance beside the *former* ones, once it has."""
    deadline = time.monotonic() + 40
    while holders(realm) == former:
        assert time.monotonic() < deadline
        threading.Event().wait(0.1)
    (holder,) = holders(realm) - former
    return holder


def test_one_process_maintains_and_another_takes_over_when_it_dies(realm):
    """Of four. The lease of the one that was killed runs out first."""
    first = next_holder(realm, set())
    os.kill(first, signal.SIGKILL)
    assert next_holder(realm, {first}) != first
