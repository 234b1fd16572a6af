// Apollo's multipart subscriptions as Apollo Client reads them. PII is the server's address, TOKEN a token, TELL a
// shell command that makes news for the token's user.
import assert from 'node:assert/strict'
import { execSync } from 'node:child_process'
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core'

const { PII, TOKEN, TELL } = process.env
const headers = { Authorization: `Bearer ${TOKEN}`, 'Accept-Language': 'en' }
const client = new ApolloClient({
  link: new HttpLink({ uri: `${PII}/graphql`, headers }),
  cache: new InMemoryCache(),
})

const answer = await client.query({ query: gql`{ viewer { id } }` })
assert.ok(answer.data.viewer.id)

const told = client.subscribe({ query: gql`subscription { notificationReceived { title } }` })
const first = new Promise((resolve, reject) => {
  const subscription = told.subscribe({
    next: (it) => (subscription.unsubscribe(), resolve(it)),
    error: reject,
  })
})
// The stream is open when its headers are there.
setTimeout(() => execSync(TELL), 1000)
assert.ok((await first).data.notificationReceived.title)

const refused = await new Promise((resolve) => {
  const query = gql`subscription { nothing }`
  client.subscribe({ query }).subscribe({ next: resolve, error: resolve })
})
assert.match(JSON.stringify(refused.errors ?? refused.error ?? refused.message), /nothing/)
console.log('apollo client: ok')
process.exit()
