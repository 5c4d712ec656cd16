// oauth4webapi, the strict protocol library beneath openid-client and others, against our server.

import * as oauth from 'oauth4webapi'
import { importJWK } from 'jose'
import { refusal, run, settings, visit } from './program.mjs'

const { issuer, client_id, method, secret, key, redirect_uri, post_logout_redirect_uri, api, other_redirect_uri } =
  settings
const client = { client_id }
const http = { [oauth.allowInsecureRequests]: true }
const scope = 'openid profile email offline_access items:read'

async function authentication() {
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret)
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret)
    case 'private_key_jwt':
      return oauth.PrivateKeyJwt({ key: await importJWK(key, key.alg), kid: key.kid })
    default:
      return oauth.None()
  }
}

const proof = await authentication()

async function discover(algorithm = 'oidc') {
  const response = await oauth.discoveryRequest(new URL(issuer), { algorithm, ...http })
  return oauth.processDiscoveryResponse(new URL(issuer), response)
}

async function authorize(as, changes = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const url = new URL(as.authorization_endpoint)
  const parameters = {
    client_id,
    redirect_uri,
    response_type: 'code',
    scope,
    resource: api,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    max_age: '3600',
    ...changes,
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url, verifier, state, nonce }
}

async function redeem(as, callback, { verifier, state, nonce }) {
  const parameters = oauth.validateAuthResponse(as, client, callback, state)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    proof,
    parameters,
    redirect_uri,
    verifier,
    http,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    maxAge: 3600,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, response, http)
  return tokens
}

async function signIn(as) {
  const request = await authorize(as)
  return redeem(as, await visit(request.url, redirect_uri), request)
}

async function refresh(as, refresh_token, additionalParameters) {
  const response = await oauth.refreshTokenGrantRequest(as, client, proof, refresh_token, {
    additionalParameters,
    ...http,
  })
  const tokens = await oauth.processRefreshTokenResponse(as, client, response)
  await oauth.validateApplicationLevelSignature(as, response, http)
  return tokens
}

async function introspect(as, token) {
  const response = await oauth.introspectionRequest(as, client, proof, token, http)
  return oauth.processIntrospectionResponse(as, client, response)
}

async function revoke(as, token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof, token, http))
}

const scenarios = {
  async metadata() {
    return [await discover('oidc'), await discover('oauth2')]
  },

  async sign_in() {
    const as = await discover()
    const tokens = await signIn(as)
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    const response = await oauth.userInfoRequest(as, client, tokens.access_token, http)
    return { tokens, claims, userinfo: await oauth.processUserInfoResponse(as, client, claims.sub, response) }
  },

  async refresh() {
    const as = await discover()
    const first = await signIn(as)
    const second = await refresh(as, first.refresh_token)
    const third = await refresh(as, second.refresh_token, { scope: 'openid' })
    return { first, second, third, claims: [first, second, third].map(oauth.getValidatedIdTokenClaims) }
  },

  async client_credentials() {
    const as = await discover()
    const parameters = { scope: 'items:read', resource: api }
    const response = await oauth.clientCredentialsGrantRequest(as, client, proof, parameters, http)
    return oauth.processClientCredentialsResponse(as, client, response)
  },

  async introspect_and_revoke() {
    const as = await discover()
    const { access_token, refresh_token } = await signIn(as)
    const ask = async () => [await introspect(as, access_token), await introspect(as, refresh_token)]
    const before = await ask()
    await revoke(as, refresh_token)
    await revoke(as, 'a-token-that-never-was')
    return { before, after: await ask(), refresh: await refusal(() => refresh(as, refresh_token)) }
  },

  async sign_out() {
    const as = await discover()
    const { id_token } = await signIn(as)
    const url = new URL(as.end_session_endpoint)
    url.searchParams.set('id_token_hint', id_token)
    url.searchParams.set('post_logout_redirect_uri', post_logout_redirect_uri)
    url.searchParams.set('state', 'of the app & its own')
    const back = await visit(url, post_logout_redirect_uri)
    const request = await authorize(as, { prompt: 'none' })
    const silent = await visit(request.url, redirect_uri)
    return {
      state: back.searchParams.get('state'),
      silent: await refusal(() => redeem(as, silent, request)),
    }
  },

  async wrong_verifier() {
    const as = await discover()
    const request = await authorize(as)
    const callback = await visit(request.url, redirect_uri)
    return refusal(() => redeem(as, callback, { ...request, verifier: oauth.generateRandomCodeVerifier() }))
  },

  async replayed_code() {
    const as = await discover()
    const request = await authorize(as)
    const callback = await visit(request.url, redirect_uri)
    const { access_token, refresh_token } = await redeem(as, callback, request)
    return {
      replay: await refusal(() => redeem(as, callback, request)),
      refresh: await refusal(() => refresh(as, refresh_token)),
      introspection: await introspect(as, access_token),
    }
  },

  async unregistered_redirect_uri() {
    const { url } = await authorize(await discover(), { redirect_uri: other_redirect_uri })
    return String(await visit(url, other_redirect_uri))
  },

  /** The other side: an API of Node checks our access token by RFC 9068. */
  async validate_access_token() {
    const as = await discover()
    const { access_token } = await signIn(as)
    const check = (token, audience) => {
      const headers = { authorization: `Bearer ${token}` }
      return oauth.validateJwtAccessToken(as, new Request(api, { headers }), audience, http)
    }
    const [header, payload, signature] = access_token.split('.')
    const other = (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)
    return {
      claims: await check(access_token, api),
      foreign: await refusal(() => check(access_token, `${api}/other`)),
      tampered: await refusal(() => check([header, payload, other].join('.'), api)),
    }
  },
}

await run(scenarios)
