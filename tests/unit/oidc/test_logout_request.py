"""authwright.oidc.logout."""

from authwright.oidc.logout import LogoutRequest, parse_logout_request


def test_all_parameters_are_optional():
    """A logout request without parameters is good. RP-Initiated Logout §2."""
    assert parse_logout_request({}) == LogoutRequest()


def test_parameters():
    """The parameters are taken as they are, and nothing is proven. RP-Initiated Logout §2."""
    assert parse_logout_request(
        {
            "id_token_hint": "h",
            "logout_hint": "l",
            "client_id": "app",
            "post_logout_redirect_uri": "https://app.example.com/bye",
            "state": "s",
            "ui_locales": "de en",
            "unknown": "x",
        }
    ) == LogoutRequest(
        id_token_hint="h",
        client_id="app",
        post_logout_redirect_uri="https://app.example.com/bye",
        state="s",
    )
