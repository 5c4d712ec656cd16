// node-oidc-provider, a certified OpenID Provider, as an issuer to test and to measure against.
//
// Everything comes from the environment, and everything has a default:
//
//   PORT       where to listen on 127.0.0.1; 0, the default, is any free port
//   ALG        the algorithm of access tokens where RESOURCES says nothing (ES256)
//   KEYS       the private JWK Set as JSON; by default two keys are made, one of ALG and one of RS256
//   CLIENTS    registered clients as JSON; by default `worker` with the secret `secret`
//   RESOURCES  APIs as JSON: {"https://api.example.com": {"scope": "…", "alg": "…", "format": "jwt", "ttl": 600}};
//              by default http://localhost:8000. A request that names no API gets an opaque token, unless
//              DEFAULT_RESOURCE names one.
//
// When it serves, it writes one line to standard output: its issuer identifier.

import { createServer } from 'node:http'
import { once } from 'node:events'
import { exportJWK, generateKeyPair } from 'jose'
import { errors, Provider } from 'oidc-provider'

const { PORT = '0', ALG = 'ES256', KEYS, CLIENTS, RESOURCES, DEFAULT_RESOURCE } = process.env

const key = async (alg) => ({
  ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
  alg,
  kid: `made-${alg}`,
  use: 'sig',
})
const keys = KEYS
  ? JSON.parse(KEYS)
  : { keys: await Promise.all([...new Set([ALG, 'RS256'])].map(key)) }

const clients = CLIENTS
  ? JSON.parse(CLIENTS)
  : [
      {
        client_id: 'worker',
        client_secret: 'secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ]

const resources = RESOURCES ? JSON.parse(RESOURCES) : { 'http://localhost:8000': {} }

function resourceServer(_context, resource) {
  if (!Object.hasOwn(resources, resource)) throw new errors.InvalidTarget()
  const { scope = 'items:read items:write', alg = ALG, format = 'jwt', ttl = 600 } = resources[resource]
  return {
    scope,
    accessTokenFormat: format,
    accessTokenTTL: ttl,
    ...(format === 'jwt' ? { jwt: { sign: { alg } } } : {}),
  }
}

const server = createServer()
server.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')

const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
  jwks: keys,
  clients,
  claims: { openid: ['sub'], profile: ['name'] },
  cookies: { keys: ['cookies-of-a-provider-that-lives-for-one-test'] },
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => DEFAULT_RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: resourceServer,
    },
  },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: `${sub} of Example` }) }),
})
server.on('request', provider.callback())
console.log(provider.issuer)
