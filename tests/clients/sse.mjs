// Server-sent events as graphql-sse reads them, in its distinct connections mode. PII is the server's address, TOKEN a
// token.
import assert from 'node:assert/strict'
import { createClient } from 'graphql-sse'

const { PII, TOKEN } = process.env
const open = (token) =>
  createClient({
    url: `${PII}/graphql`,
    headers: { Authorization: `Bearer ${token}`, 'Accept-Language': 'en' },
    retryAttempts: 0,
  })
const once = (client, query) =>
  new Promise((resolve, reject) => {
    let answer
    client.subscribe({ query }, { next: (it) => (answer = it), error: reject, complete: () => resolve(answer) })
  })

const client = open(TOKEN)
assert.equal((await once(client, '{ viewer { __typename } }')).data.viewer.__typename, 'User')
assert.equal((await once(client, '{ nothing')).errors[0].extensions.code, 'GRAPHQL_PARSE_FAILED')
assert.equal((await once(client, '{ nothing }')).errors[0].extensions.code, 'BAD_USER_INPUT')

const told = client.iterate({ query: 'subscription { notificationReceived { title } }' })
const first = told.next()
await new Promise((resolve) => setTimeout(resolve, 500))
await told.return()
assert.ok((await first).done)

const closed = await once(open('not.a.token'), '{ viewer { id } }').catch((error) => error)
assert.equal(closed.response.status, 401)
console.log(JSON.stringify('ok'))
