// An adapter of node-oidc-provider for PostgreSQL, by its documented interface, as fast as one would write it:
// one table, one prepared statement a call, the payload as text, and every statement a durable transaction.

import pg from 'pg'

export const schema = `
  CREATE TABLE payloads (
    model text NOT NULL,
    id text NOT NULL,
    payload text NOT NULL,
    grant_id text,
    uid text,
    user_code text,
    expires_at timestamptz,
    consumed_at timestamptz,
    PRIMARY KEY (model, id)
  );
  CREATE INDEX ON payloads (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX ON payloads (model, uid) WHERE uid IS NOT NULL;
  CREATE INDEX ON payloads (model, user_code) WHERE user_code IS NOT NULL;
`

const statements = {
  upsert: `
    INSERT INTO payloads (model, id, payload, grant_id, uid, user_code, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
    ON CONFLICT (model, id) DO UPDATE SET
      payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
      user_code = excluded.user_code, expires_at = excluded.expires_at`,
  find: 'SELECT payload, consumed_at FROM payloads WHERE model = $1 AND id = $2',
  findByUid: 'SELECT payload, consumed_at FROM payloads WHERE model = $1 AND uid = $2',
  findByUserCode: 'SELECT payload, consumed_at FROM payloads WHERE model = $1 AND user_code = $2',
  consume: 'UPDATE payloads SET consumed_at = now() WHERE model = $1 AND id = $2',
  destroy: 'DELETE FROM payloads WHERE model = $1 AND id = $2',
  revokeByGrantId: 'DELETE FROM payloads WHERE grant_id = $1',
}

export function postgresqlAdapter(connectionString) {
  const pool = new pg.Pool({ connectionString })

  const run = (name, ...values) => pool.query({ name, text: statements[name], values })

  async function one(name, ...values) {
    const { rows } = await run(name, ...values)
    if (rows.length === 0) return undefined
    const payload = JSON.parse(rows[0].payload)
    return rows[0].consumed_at === null
      ? payload
      : { ...payload, consumed: Math.floor(rows[0].consumed_at.getTime() / 1000) }
  }

  return class {
    constructor(model) {
      this.model = model
    }

    upsert(id, payload, expiresIn) {
      const { grantId, uid, userCode } = payload
      return run('upsert', this.model, id, JSON.stringify(payload), grantId, uid, userCode, expiresIn)
    }

    find(id) {
      return one('find', this.model, id)
    }

    findByUid(uid) {
      return one('findByUid', this.model, uid)
    }

    findByUserCode(userCode) {
      return one('findByUserCode', this.model, userCode)
    }

    consume(id) {
      return run('consume', this.model, id)
    }

    destroy(id) {
      return run('destroy', this.model, id)
    }

    revokeByGrantId(grantId) {
      return run('revokeByGrantId', grantId)
    }
  }
}
