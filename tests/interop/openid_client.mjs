// openid-client, the certified relying party of Node, against our server.

import * as client from 'openid-client'
import { importJWK } from 'jose'
import { refusal, run, settings, visit } from './program.mjs'

const { issuer, client_id, method, secret, key, redirect_uri, post_logout_redirect_uri, api, other_redirect_uri } =
  settings

async function authentication() {
  switch (method) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(secret)
    case 'client_secret_post':
      return client.ClientSecretPost(secret)
    case 'private_key_jwt':
      return client.PrivateKeyJwt({ key: await importJWK(key, key.alg), kid: key.kid })
    default:
      return client.None()
  }
}

async function discover() {
  return client.discovery(new URL(issuer), client_id, undefined, await authentication(), {
    // Signatures of ID tokens are checked although TLS would do: there is none, and they are ours.
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
}

async function authorize(config, parameters = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
    maxAge: 3600,
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile email offline_access items:read',
    resource: api,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    max_age: '3600',
    ...parameters,
  })
  return { url, checks }
}

async function signIn(config) {
  const { url, checks } = await authorize(config)
  return client.authorizationCodeGrant(config, await visit(url, redirect_uri), checks)
}

const scenarios = {
  async sign_in() {
    const config = await discover()
    const tokens = await signIn(config)
    const claims = tokens.claims()
    return { tokens, claims, userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub) }
  },

  async refresh() {
    const config = await discover()
    const first = await signIn(config)
    const second = await client.refreshTokenGrant(config, first.refresh_token)
    const third = await client.refreshTokenGrant(config, second.refresh_token, { scope: 'openid' })
    return { first, second, third, claims: [first, second, third].map((tokens) => tokens.claims()) }
  },

  async client_credentials() {
    const config = await discover()
    return client.clientCredentialsGrant(config, { scope: 'items:read', resource: api })
  },

  async introspect_and_revoke() {
    const config = await discover()
    const { access_token, refresh_token } = await signIn(config)
    const ask = async () => [
      await client.tokenIntrospection(config, access_token),
      await client.tokenIntrospection(config, refresh_token),
    ]
    const before = await ask()
    await client.tokenRevocation(config, refresh_token, { token_type_hint: 'refresh_token' })
    await client.tokenRevocation(config, 'a-token-that-never-was')
    return {
      before,
      after: await ask(),
      refresh: await refusal(() => client.refreshTokenGrant(config, refresh_token)),
    }
  },

  async sign_out() {
    const config = await discover()
    const { id_token } = await signIn(config)
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: id_token,
      post_logout_redirect_uri,
      state: 'of the app & its own',
    })
    const back = await visit(url, post_logout_redirect_uri)
    const { url: again, checks } = await authorize(config, { prompt: 'none' })
    const silent = await visit(again, redirect_uri)
    return {
      state: back.searchParams.get('state'),
      silent: await refusal(() => client.authorizationCodeGrant(config, silent, checks)),
    }
  },

  async wrong_verifier() {
    const config = await discover()
    const { url, checks } = await authorize(config)
    const callback = await visit(url, redirect_uri)
    return refusal(() =>
      client.authorizationCodeGrant(config, callback, {
        ...checks,
        pkceCodeVerifier: client.randomPKCECodeVerifier(),
      }),
    )
  },

  async replayed_code() {
    const config = await discover()
    const { url, checks } = await authorize(config)
    const callback = await visit(url, redirect_uri)
    const { access_token, refresh_token } = await client.authorizationCodeGrant(config, callback, checks)
    return {
      replay: await refusal(() => client.authorizationCodeGrant(config, callback, checks)),
      refresh: await refusal(() => client.refreshTokenGrant(config, refresh_token)),
      introspection: await client.tokenIntrospection(config, access_token),
    }
  },

  async unregistered_redirect_uri() {
    const config = await discover()
    const { url } = await authorize(config, { redirect_uri: other_redirect_uri })
    return String(await visit(url, other_redirect_uri))
  },
}

await run(scenarios)
