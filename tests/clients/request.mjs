// graphql-request: a query, a mutation that is refused in its payload, and one that fails. PII is the server's address,
// TOKEN a token.
import assert from 'node:assert/strict'
import { ClientError, GraphQLClient, gql } from 'graphql-request'

const { PII, TOKEN } = process.env
const client = new GraphQLClient(`${PII}/graphql`, {
  headers: { Authorization: `Bearer ${TOKEN}`, 'Accept-Language': 'en' },
})
const { organizations } = await client.request(gql`query ($n: Int) { organizations(first: $n) { nodes { code } } }`, { n: 3 })
assert.equal(organizations.nodes.length, 3)
const create = gql`mutation ($title: String!) {
  evidenceCreate(input: { title: $title, kind: OTHER, file: { name: "a.pdf" } }) { userErrors { field code message } }
}`
const { evidenceCreate } = await client.request(create, { title: '' })
assert.deepEqual(evidenceCreate.userErrors.map((error) => [error.field.join('.'), error.code]), [['input.title', 'REQUIRED']])
const refused = await client.request(gql`{ task(id: "task:x") { id } }`).catch((error) => error)
assert.ok(refused instanceof ClientError)
assert.equal(refused.response.errors[0].extensions.code, 'INVALID_ID')
const stranger = await new GraphQLClient(`${PII}/graphql`).request(gql`{ viewer { id } }`).catch((error) => error)
assert.equal(stranger.response.status, 401)
console.log(JSON.stringify('ok'))
