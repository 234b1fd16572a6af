// The socket as graphql-ws, the protocol's own client, speaks it: a query, a mutation, a refusal, a subscription that is
// stopped, and a token that is not good. PII is the server's address, TOKEN a token.
import assert from 'node:assert/strict'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

const { PII, TOKEN } = process.env
const url = `${PII.replace(/^http/, 'ws')}/graphql`
const open = (token) =>
  createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}`, acceptLanguage: 'en' },
    retryAttempts: 0,
  })
const once = (client, query) =>
  new Promise((resolve, reject) => {
    let answer
    client.subscribe({ query }, { next: (it) => (answer = it), error: reject, complete: () => resolve(answer) })
  })

const client = open(TOKEN)
assert.equal((await once(client, '{ viewer { __typename } }')).data.viewer.__typename, 'User')
const read = await once(client, 'mutation { notificationsReadAll { count userErrors { code } } }')
assert.deepEqual(read.data.notificationsReadAll.userErrors, [])
const refused = await once(client, '{ nothing').catch((errors) => errors)
assert.equal(refused[0].extensions.code, 'GRAPHQL_PARSE_FAILED')
const invalid = await once(client, '{ nothing }').catch((errors) => errors)
assert.equal(invalid[0].extensions.code, 'BAD_USER_INPUT')

const told = client.iterate({ query: 'subscription { notificationReceived { title } }' })
const first = told.next()
assert.ok((await once(client, '{ notificationUnreadCount }')).data)
await told.return()
assert.ok((await first).done)
await client.dispose()

const closed = await once(open('not.a.token'), '{ viewer { id } }').catch((event) => event)
assert.equal(closed.code, 4403)
console.log(JSON.stringify('ok'))
