"""authwright.idp.cli.page: the form of a page, and the sentence that says what is wrong."""

from hypothesis import given
from hypothesis import strategies as st

from authwright.idp.cli.page import read_page

HTML = """
<p class="problem" id="aw-problem" role="alert">Not &amp; right.</p>
<form method="post" action="/login">
  <input type="hidden" name="form_token" value="t&quot;1">
  <input id="login" name="login"><input name="password" type="password">
  <button id="aw-submit" name="action" value="sign-in">Sign in</button>
</form>
<form action="/other"><input name="more" value="x"></form>
"""


def test_a_page_is_its_first_form_and_its_texts():
    """As a browser reads it: character references are resolved."""
    page = read_page(HTML)
    assert page.action == "/login"
    assert page.fields["form_token"] == 't"1'
    assert page.buttons["aw-submit"] == ("action", "sign-in")
    assert page.texts["aw-problem"] == "Not & right."


@given(st.text(max_size=200))
def test_any_text_is_some_page(text):
    """What is not there is not there."""
    read_page(text)
