// What every program here shares: it is run with the name of a scenario and its settings as JSON, asks for
// the person's browser by lines on standard output, and ends with the scenario's result.

import { createInterface } from 'node:readline'

const [, , name, argument] = process.argv
export const settings = JSON.parse(argument)

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Send the person's browser to `url`; the URL at `until` that it is sent back to. */
export async function visit(url, until) {
  say({ visit: String(url), until })
  const { value, done } = await answers.next()
  if (done) throw new Error('nobody is at the browser')
  return new URL(value)
}

/** What an operation that must fail failed with: the OAuth error code, in whichever way a library carries it. */
export async function refusal(operation) {
  try {
    await operation()
  } catch (error) {
    return { error: error.error ?? error.cause?.error, status: error.status, message: error.message }
  }
  throw new Error('what had to be refused was not')
}

export async function run(scenarios) {
  try {
    say({ result: await scenarios[name]() })
  } catch (error) {
    console.error(error)
    say({ failed: String(error) })
  }
  process.exit()
}
