// node-oidc-provider with a login page of its own, by the recipes of its documentation.
//
// CONFIGURATION is a JSON file: {port, databaseUrl or null, jwks, cookieKeys, secret, redirectUri, people, password,
// resources: {alg: URL}, accessTokenSeconds}. With `--set-up` the schema and the people are made, and no more.

import { argon2 as argon2WithCallback, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { Provider } from 'oidc-provider'
import pg from 'pg'
import { postgresqlAdapter, schema } from './postgresql_adapter.mjs'

const configuration = JSON.parse(await readFile(process.env.CONFIGURATION, 'utf8'))
const { port, databaseUrl, secret, resources, accessTokenSeconds } = configuration
const argon2 = promisify(argon2WithCallback)

// The costs of the server that it is compared with.
const hash = (password, nonce) =>
  argon2('argon2id', { message: password, nonce, parallelism: 1, tagLength: 32, memory: 19456, passes: 2 })

async function made() {
  const nonce = randomBytes(16)
  return { nonce, hash: await hash(configuration.password, nonce) }
}

const inMemory = new Map()
const pool = databaseUrl && new pg.Pool({ connectionString: databaseUrl })

if (process.argv.includes('--set-up')) {
  await pool.query(`${schema} CREATE TABLE people (name text PRIMARY KEY, nonce bytea NOT NULL, hash bytea NOT NULL)`)
  for (const name of configuration.people) {
    const person = await made()
    await pool.query('INSERT INTO people VALUES ($1, $2, $3)', [name, person.nonce, person.hash])
  }
  process.exit(0)
}

if (!databaseUrl) {
  // One hash for all: to make one for each would be most of the start.
  const person = await made()
  for (const name of configuration.people) inMemory.set(name, person)
}

async function findPerson(name) {
  if (!databaseUrl) return inMemory.get(name)
  const query = { name: 'person', text: 'SELECT nonce, hash FROM people WHERE name = $1', values: [name] }
  return (await pool.query(query)).rows[0]
}

const machine = {
  client_id: 'worker',
  client_secret: secret,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
}
const app = {
  client_id: 'app',
  client_secret: secret,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [configuration.redirectUri],
  id_token_signed_response_alg: 'ES256',
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: databaseUrl ? postgresqlAdapter(databaseUrl) : undefined,
  jwks: configuration.jwks,
  clients: [machine, app],
  claims: { openid: ['sub'], profile: ['name'] },
  cookies: { keys: configuration.cookieKeys },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: 'items:read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: accessTokenSeconds,
        jwt: { sign: { alg: Object.keys(resources).find((alg) => resources[alg] === resource) } },
      }),
    },
  },
  ttl: {
    AccessToken: accessTokenSeconds,
    AuthorizationCode: 60,
    IdToken: 600,
    RefreshToken: 30 * 86400,
    Interaction: 1800,
    Session: 12 * 3600,
    Grant: 180 * 86400,
  },
  rotateRefreshToken: true,
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, name: `${sub} of Example` }) }),
  // The recipe for clients of the operator's own, who are not asked for consent.
  async loadExistingGrant({ oidc }) {
    const known = oidc.result?.consent?.grantId || oidc.session.grantIdFor(oidc.client.clientId)
    if (known) return provider.Grant.find(known)
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope('openid profile offline_access')
    for (const resource of Object.values(resources)) grant.addResourceScope(resource, 'items:read')
    await grant.save()
    return grant
  },
})

const page = (action) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body><main><h1>Sign in</h1>
<form method="post" action="${action}">
<label>Username <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form></main></body></html>`

async function signIn(request, response) {
  // The interaction is bound to the browser by a signed cookie (SameSite=Lax), which guards the form too.
  const { uid, prompt, grantId } = await provider.interactionDetails(request, response)
  if (prompt.name === 'consent') {
    // Only a request for a refresh token asks for it, when a measurement is prepared; the grant is there already.
    await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true })
    return
  }
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page(`/interaction/${uid}`))
    return
  }
  const form = new URLSearchParams(await text(request))
  const name = form.get('username')
  const person = await findPerson(name)
  if (!person || !timingSafeEqual(await hash(form.get('password'), person.nonce), person.hash)) {
    response.writeHead(401).end('wrong')
    return
  }
  await provider.interactionFinished(request, response, { login: { accountId: name } })
}

const protocol = provider.callback()
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return protocol(request, response)
  return signIn(request, response).catch((error) => {
    console.error(error)
    response.writeHead(500).end(String(error))
  })
}).listen(port, '127.0.0.1')
