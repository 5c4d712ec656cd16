// A single-page app on oidc-client-ts: no server of its own, tokens by CORS. What it got stands in #seen, and
// the step that it has done in data-done of the body.

const settings = await (await fetch('/settings.json')).json()
const here = `${location.origin}/`
const manager = new oidc.UserManager({
  ...settings,
  redirect_uri: here,
  post_logout_redirect_uri: here,
  loadUserInfo: true,
  automaticSilentRenew: false,
})

async function step(name, action) {
  delete document.body.dataset.done
  let seen
  try {
    seen = await action()
  } catch (error) {
    seen = { problem: String(error), error: error.error }
  }
  document.querySelector('#seen').textContent = JSON.stringify(seen ?? null)
  document.body.dataset.done = name
}

const steps = {
  'sign-in': () => manager.signinRedirect({ state: 'where I was' }),
  userinfo: async () => {
    const { access_token } = await manager.getUser()
    const response = await fetch(await manager.metadataService.getUserInfoEndpoint(), {
      headers: { authorization: `Bearer ${access_token}` },
    })
    return response.json()
  },
  renew: () => manager.signinSilent(),
  revoke: () => manager.revokeTokens(['refresh_token']),
  'sign-out': () => manager.signoutRedirect({ state: 'good-bye' }),
}
for (const [name, action] of Object.entries(steps))
  document.querySelector(`#${name}`).addEventListener('click', () => step(name, action))

globalThis.manager = manager

/** For a test: be whoever has these tokens. */
globalThis.take = (user) => step('taken', () => manager.storeUser(new oidc.User(user)))

const answer = new URLSearchParams(location.search)
history.replaceState(null, '', here)
if (answer.has('code') || answer.has('error')) await step('signed-in', () => manager.signinCallback(`${here}?${answer}`))
else if (answer.has('state')) await step('signed-out', () => manager.signoutCallback(`${here}?${answer}`))
else await step('ready', () => manager.getUser())
