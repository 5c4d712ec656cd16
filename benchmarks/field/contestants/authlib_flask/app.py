"""
An OpenID Provider on Flask with Authlib, as its documentation builds one, on SQLAlchemy.

The environment's CONFIGURATION names a JSON file. ``python app.py`` makes the tables and fills them.
"""

import hmac
import json
import os
import secrets
import time
from pathlib import Path

import argon2
import argon2.exceptions
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_bearer_token_validator,
    create_query_client_func,
    create_query_token_func,
    create_save_token_func,
)
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, OpenIDToken, UserInfo, UserInfoEndpoint
from flask import Flask, jsonify, redirect, render_template, request, session, url_for
from joserfc.jwk import import_key
from sqlalchemy import Column, ForeignKey, Integer, String, Text, create_engine
from sqlalchemy.orm import DeclarativeBase, relationship, scoped_session, sessionmaker

CONFIGURATION = json.loads(Path(os.environ["CONFIGURATION"]).read_text())
ISSUER = CONFIGURATION["issuer"]
SECONDS = CONFIGURATION["accessTokenSeconds"]
KEYS = {key["alg"]: import_key(key) for key in CONFIGURATION["keys"]}

# The costs of the server that it is compared with.
passwords = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
engine = create_engine(CONFIGURATION["databaseUrl"], pool_size=CONFIGURATION["threads"])
database = scoped_session(sessionmaker(engine))


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(String(40), unique=True)
    password_hash = Column(String(200))

    def get_user_id(self):
        return self.id


class Client(Base, OAuth2ClientMixin):
    __tablename__ = "clients"
    id = Column(Integer, primary_key=True)


class AuthorizationCode(Base, OAuth2AuthorizationCodeMixin):
    __tablename__ = "authorization_codes"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"))


class Token(Base, OAuth2TokenMixin):
    __tablename__ = "tokens"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"))
    access_token = Column(Text, unique=True, nullable=False)  # a JWT is longer than the mixin's 255
    user = relationship("User")

    def get_user(self):
        return self.user

    def get_client(self):
        return query_client(self.client_id)


query_client = create_query_client_func(database, Client)
query_token = create_query_token_func(database, Token)
keep_token = create_save_token_func(database, Token)


def save_token(token, oauth_request):
    if oauth_request.user:  # a machine's JWT is nowhere looked up
        keep_token({name: value for name, value in token.items() if name != "id_token"}, oauth_request)


class AccessToken(JWTBearerTokenGenerator):
    """A JWT signed by *alg*, :rfc:`9068`; a refresh token with it where the grant has them."""

    def __init__(self, alg):
        super().__init__(ISSUER, alg, lambda **_: secrets.token_urlsafe(36), lambda *_: SECONDS)

    def get_jwks(self):
        return KEYS[self.alg]


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    def save_authorization_code(self, code, request):
        payload = request.payload
        item = AuthorizationCode(
            code=code,
            client_id=request.client.client_id,
            redirect_uri=payload.redirect_uri,
            scope=payload.scope,
            user_id=request.user.id,
            nonce=payload.data.get("nonce"),
            code_challenge=payload.data.get("code_challenge"),
            code_challenge_method=payload.data.get("code_challenge_method"),
        )
        database.add(item)
        database.commit()
        return item

    def query_authorization_code(self, code, client):
        item = database.query(AuthorizationCode).filter_by(code=code, client_id=client.client_id).first()
        return item if item and not item.is_expired() else None

    def delete_authorization_code(self, authorization_code):
        database.delete(authorization_code)
        database.commit()

    def authenticate_user(self, authorization_code):
        return database.get(User, authorization_code.user_id)


class RefreshTokenGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        item = database.query(Token).filter_by(refresh_token=refresh_token).first()
        return item if item and not item.refresh_token_revoked_at else None

    def authenticate_user(self, refresh_token):
        return refresh_token.user

    def revoke_old_credential(self, refresh_token):
        refresh_token.access_token_revoked_at = refresh_token.refresh_token_revoked_at = int(time.time())
        database.commit()


def user_info(user, scope):
    return UserInfo(sub=str(user.id), name=f"{user.username} of Example").filter(scope)


class IdToken:
    def resolve_client_private_key(self, client):  # noqa: ARG002 - Authlib's interface
        return KEYS["ES256"]

    def get_client_algorithm(self, client):  # noqa: ARG002 - likewise
        return "ES256"

    def get_client_claims(self, client):
        now = int(time.time())
        return {"iss": ISSUER, "aud": [client.client_id], "iat": now, "exp": now + 600}

    def generate_user_info(self, user, scope):  # noqa: ARG002 - likewise
        return UserInfo(sub=str(user.id))


class CodeIdToken(IdToken, OpenIDCode):
    def exists_nonce(self, nonce, request):
        used = database.query(AuthorizationCode.id).filter_by(
            client_id=request.payload.client_id, nonce=nonce
        )
        return used.first() is not None


class RefreshedIdToken(IdToken, OpenIDToken):
    pass


class Introspection(IntrospectionEndpoint):
    def query_token(self, token_string, token_type_hint):
        return query_token(token_string, token_type_hint)

    def check_permission(self, token, client, request):  # noqa: ARG002 - likewise
        return token.client_id == client.client_id

    def introspect_token(self, token):
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": "Bearer",
            "scope": token.scope,
            "sub": str(token.user_id),
            "aud": token.client_id,
            "iss": ISSUER,
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }


class UserInfoOfToken(UserInfoEndpoint):
    def generate_user_info(self, user, scope):
        return user_info(user, scope)


app = Flask(__name__)
app.config.update(SECRET_KEY=CONFIGURATION["secret"], SESSION_COOKIE_SAMESITE="Lax")
server = AuthorizationServer(app, query_client, save_token)
generators = {alg: AccessToken(alg) for alg in KEYS}
server.register_token_generator("default", generators["ES256"])
server.register_token_generator(
    "client_credentials",
    lambda client, **parameters: generators[client.client_metadata["alg"]](client=client, **parameters),
)
server.register_grant(grants.ClientCredentialsGrant)
server.register_grant(
    AuthorizationCodeGrant, [CodeChallenge(required=True), CodeIdToken(require_nonce=False)]
)
server.register_grant(RefreshTokenGrant, [RefreshedIdToken()])
protector = ResourceProtector()
protector.register_token_validator(create_bearer_token_validator(database, Token)())
server.register_endpoint(Introspection)
server.register_endpoint(UserInfoOfToken(resource_protector=protector))


@app.teardown_appcontext
def forget(_error):
    database.remove()


@app.get("/authorize")
def authorize():
    user = database.get(User, session["user"]) if "user" in session else None
    if user is None:
        return redirect(url_for("login", next=request.full_path))
    try:
        grant = server.get_consent_grant(end_user=user)
    except OAuth2Error as error:
        return jsonify(dict(error.get_body())), 400
    # The operator's own client: nobody is asked for consent.
    return server.create_authorization_response(grant_user=user, grant=grant)


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "GET":
        session["form_token"] = secrets.token_urlsafe(16)
        return render_template("login.html", action=request.full_path, form_token=session["form_token"])
    if not hmac.compare_digest(session.pop("form_token", ""), request.form["form_token"] or "-"):
        return "the form is not this browser's", 400
    user = database.query(User).filter_by(username=request.form["username"]).first()
    try:
        passwords.verify(user.password_hash, request.form["password"])
    except (argon2.exceptions.VerificationError, AttributeError):
        return "wrong", 401
    session.clear()
    session["user"] = user.id
    target = request.args["next"]
    return redirect(target if target.startswith("/authorize?") else "/")


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/introspect")
def introspect():
    return server.create_endpoint_response("introspection")


@app.get("/userinfo")
def userinfo():
    return server.create_endpoint_response("userinfo")


@app.get("/jwks")
def jwks():
    return jsonify({"keys": [key.as_dict(private=False) for key in KEYS.values()]})


@app.get("/.well-known/openid-configuration")
def discovery():
    return jsonify(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/authorize",
        token_endpoint=f"{ISSUER}/token",
        userinfo_endpoint=f"{ISSUER}/userinfo",
        introspection_endpoint=f"{ISSUER}/introspect",
        jwks_uri=f"{ISSUER}/jwks",
        scopes_supported=["openid", "profile", "items:read"],
        response_types_supported=["code"],
        grant_types_supported=["authorization_code", "client_credentials", "refresh_token"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256", "RS256"],
        token_endpoint_auth_methods_supported=["client_secret_basic"],
        code_challenge_methods_supported=["S256"],
    )


def set_up():
    Base.metadata.create_all(engine)
    workers = [
        (f"worker-{alg.lower()}", {"grant_types": ["client_credentials"], "scope": "items:read", "alg": alg})
        for alg in KEYS
    ]
    metadata = {
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [CONFIGURATION["redirectUri"]],
        "scope": "openid profile items:read",
        "token_endpoint_auth_method": "client_secret_basic",
    }
    for client_id, members in (*workers, ("app", metadata)):
        client = Client(client_id=client_id, client_secret=CONFIGURATION["clientSecret"])
        client.set_client_metadata(members)
        database.add(client)
    for person in CONFIGURATION["people"]:
        database.add(User(username=person, password_hash=passwords.hash(CONFIGURATION["password"])))
    database.commit()


if __name__ == "__main__":
    set_up()
