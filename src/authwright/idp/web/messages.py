"""
Every sentence that a page says, by name. English is the only language so far; another is another mapping.

Texts are ours and may hold markup; what is put into their braces comes from elsewhere and is escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts in one *language* (:rfc:`5646`). A call looks one up; an unknown name is a `KeyError`."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, name: str, /, **values: object) -> Markup:
        """The text *name*, with *values* escaped and put in."""
        return Markup(self.texts[name]).format(**values)  # noqa: S704 - our own texts, see the module


ENGLISH: Final = Messages(
    "en",
    MappingProxyType(
        {
            "skip": "Skip to the content",
            "footer.made_with": "authwright",
            "client.policy": "Privacy policy",
            "client.terms": "Terms of service",
            "client.about": "About {client}",
            "client.links": "About this app",
            # /login
            "login.title": "Sign in",
            "login.title_again": "Sign in again",
            "login.to_client": "to continue to <strong>{client}</strong>",
            "login.to_account": "to manage your account",
            "login.again_for_client": "<strong>{client}</strong> asks that you confirm it is you",
            "login.username": "Username",
            "login.password": "Password",
            "login.submit": "Sign in",
            "login.cancel": "Cancel",
            "login.other_account": "Use another account",
            "login.failed": "The username or the password is not right. Check both and try again.",
            "login.incomplete": "Enter your username and your password.",
            "login.throttled": "There were too many attempts to sign in. Try again in {wait}.",
            "login.development": "On this development server a click is enough.",
            "login.as": "Sign in as {name}",
            "login.password_was_set": "Your new password is set. Sign in with it.",
            # /consent
            "consent.title": "Allow {client}?",
            "consent.lead": "<strong>{client}</strong> asks for access to your account at {site}.",
            "consent.account": "Signed in as",
            "consent.switch": "Not you? Use another account",
            "consent.asks": "It will be able to",
            "consent.at_api": "At {api}",
            "consent.nothing": "know that you signed in, and nothing else",
            "consent.returns_to": "Your answer goes to <strong>{host}</strong>.",
            "consent.returns_to_device": "Your answer goes to an app on this device ({host}). "
            "Allow it only if you started it yourself just now.",
            "consent.revocable": "You can take this back at any time under <em>My account</em>.",
            "consent.allow": "Allow",
            "consent.deny": "Deny",
            # what a scope token means
            "scope.openid": "recognise you by an identifier of your account",
            "scope.profile": "see your profile, such as name, picture and language",
            "scope.email": "see your e-mail address",
            "scope.address": "see your postal address",
            "scope.phone": "see your phone number",
            "scope.none": "be used in your name",
            "scope.offline_access": "keep this access while you are away, until you take it back",
            # /select-account
            "select.title": "Choose an account",
            "select.continue": "Continue as {name}",
            "select.other": "Use another account",
            "select.cancel": "Cancel",
            # /logout
            "logout.title": "Sign out?",
            "logout.lead": "You are signed in at {site} as <strong>{name}</strong>.",
            "logout.asked_by": "<strong>{client}</strong> asks to sign you out.",
            "logout.consequence": "Apps that rely on this sign-in lose it too.",
            "logout.submit": "Sign out",
            "logout.stay": "Stay signed in",
            "logout.done_title": "You are signed out",
            "logout.done": "Nobody is signed in at {site} in this browser any more.",
            "logout.sign_in": "Sign in",
            # /error
            "error.title": "Something went wrong",
            "error.code": "Error code",
            "error.reference": "Reference",
            "error.advice": "Go back to the app and start again. If it happens again, tell the people who "
            "run the app the error code and the reference below.",
            "error.interaction": "This sign-in took too long, was finished already, or was begun in another "
            "browser. Go back to the app and start again. Cookies have to be allowed for this site.",
            "error.form": "This form does not belong to what you are doing now: it is from an earlier visit "
            "or another window. Go back, load the page again, and try once more.",
            "error.not_found_title": "There is no such page",
            "error.not_found": "The address may be misspelt, or the page may be gone.",
            "error.method_title": "This page is not used in this way",
            "error.method": "The address exists, but not for this kind of request.",
            "notice.account": "Go to my account",
            "error.unavailable": "The server cannot answer right now. Nothing is lost: wait a few seconds "
            "and load the page again.",
            "error.server": "This is a mistake of ours and has been recorded. Try again; if it happens "
            "again, tell us the reference below.",
            # /account
            "account.title": "My account",
            "account.signed_in_as": "Signed in as <strong>{username}</strong>",
            "account.apps": "Connected apps",
            "account.apps_lead": "Apps that have access to your account.",
            "account.no_apps": "No app has access to your account.",
            "account.app_since": "Since {when}",
            "account.app_offline": "keeps access while you are away",
            "account.app_access": "What this app can do",
            "account.disconnect": "Disconnect",
            "account.disconnect_label": "Disconnect {client}",
            "account.sessions": "Where you are signed in",
            "account.sessions_lead": "Is one of them not yours? Sign it out, then change your password.",
            "account.this_session": "This browser",
            "account.session_since": "Signed in {when}",
            "account.session_network": "from {network}",
            "account.end_session": "Sign out",
            "account.end_session_label": "Sign out {device}, signed in {when}",
            "account.end_others": "Sign out everywhere else",
            "account.password": "Password",
            "account.password_lead": "Use one that you use nowhere else.",
            "account.change_password": "Change password",
            "account.sign_out": "Sign out",
            "account.done.disconnected": "The app is disconnected. It can no longer use your account.",
            "account.done.session_ended": "That session is signed out.",
            "account.done.others_ended": "You are signed out everywhere else.",
            "account.done.password_changed": "Your password is changed. You are signed out everywhere else.",
            "account.done.created": "Your account is made, and you are its first administrator. Welcome.",
            # /account/password
            "password.title": "Change password",
            "password.current": "Current password",
            "password.new": "New password",
            "password.repeat": "New password again",
            "password.rule": "At least 12 characters. Several unrelated words are easy to remember and hard "
            "to guess.",
            "password.consequence": "You will be signed out everywhere else.",
            "password.submit": "Change password",
            "password.cancel": "Cancel",
            "password.current_wrong": "The current password is not right.",
            "password.different": "The two new passwords are not the same.",
            "password.missing": "Fill in every field.",
            # /first and /recover
            "first.title": "Create the first administrator",
            "first.lead": "This account can manage everything at {site}. The link works once.",
            "first.username": "Username",
            "first.username_hint": "A name or an e-mail address, without spaces.",
            "first.password": "Password",
            "first.repeat": "Password again",
            "first.submit": "Create administrator",
            "first.username_taken": "There is an account with this username already. Choose another one.",
            "recover.title": "Set a new password",
            "recover.lead": "For the account <strong>{username}</strong> at {site}. The link works once.",
            "recover.consequence": "It signs the account out everywhere.",
            "recover.submit": "Set password",
            "link.over_title": "This link does not work",
            "link.over": "It was used before, is too old, or was not copied completely. Ask for a new one "
            "where you got it.",
            "link.throttled_title": "Too many attempts",
            "link.throttled": "Links were tried too often from your network. Try again in {wait}.",
            # times and places
            "time.now": "just now",
            "time.minute": "a minute ago",
            "time.minutes": "{count} minutes ago",
            "time.hour": "an hour ago",
            "time.hours": "{count} hours ago",
            "time.day": "yesterday",
            "time.days": "{count} days ago",
            "time.on": "on {date}",
            "wait.minute": "a minute",
            "wait.minutes": "{count} minutes",
            "wait.hour": "an hour",
            "wait.hours": "{count} hours",
            "device.on": "{browser} on {system}",
            "device.unknown": "Unknown browser",
        }
    ),
)
