// Apollo Client: a query, documents by their hash, and its multipart subscriptions. PII is the server's address, TOKEN a
// token, TELLER the token of somebody whose request TELL makes news for the first.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'

const { PII, TOKEN, TELLER, TELL } = process.env
const tell = () =>
  fetch(`${PII}/graphql`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TELLER}`, 'Content-Type': 'application/json' },
    body: TELL,
  })
const headers = { Authorization: `Bearer ${TOKEN}`, 'Accept-Language': 'en' }
const client = new ApolloClient({
  link: new HttpLink({ uri: `${PII}/graphql`, headers }),
  cache: new InMemoryCache(),
})

const answer = await client.query({ query: gql`{ viewer { id } }` })
assert.ok(answer.data.viewer.id)

// The hash alone first, the text when it is not known, and the hash alone from then on.
const sent = []
const fetchAndNote = (url, init) => (sent.push(init.body ?? url), fetch(url, init))
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const persisted = new ApolloClient({
  link: new PersistedQueryLink({ sha256 }).concat(
    new HttpLink({ uri: `${PII}/graphql`, headers, fetch: fetchAndNote }),
  ),
  cache: new InMemoryCache(),
})
for (let i = 0; i < 2; i++) {
  const asked = await persisted.query({ query: gql`query Mine { viewer { name } }`, fetchPolicy: 'network-only' })
  assert.ok(asked.data.viewer.name)
}
assert.deepEqual(sent.map((body) => body.includes('Mine {')), [false, true, false])

const told = client.subscribe({ query: gql`subscription { notificationReceived { title } }` })
const first = new Promise((resolve, reject) => {
  const subscription = told.subscribe({
    next: (it) => (subscription.unsubscribe(), resolve(it)),
    error: reject,
  })
})
// The stream is open when its headers are there.
setTimeout(tell, 1000)
assert.ok((await first).data.notificationReceived.title)

const refused = await new Promise((resolve) => {
  const query = gql`subscription { nothing }`
  client.subscribe({ query }).subscribe({ next: resolve, error: resolve })
})
assert.match(JSON.stringify(refused.errors ?? refused.error ?? refused.message), /nothing/)
console.log(JSON.stringify('ok'))
process.exit()
