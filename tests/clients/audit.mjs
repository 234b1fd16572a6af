// The audits of GraphQL over HTTP of graphql-http; prints how many there are, how many passed, and what the others say.
// PII is the server's address, TOKEN a token.
import { auditServer } from 'graphql-http'

const { PII, TOKEN } = process.env
const fetchFn = (url, init = {}) =>
  fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${TOKEN}` } })
const results = await auditServer({ url: `${PII}/graphql`, fetchFn })
const failed = results
  .filter(({ status }) => status !== 'ok')
  .map(({ id, name, status, reason }) => `${id} ${status}: ${name}: ${reason}`)
console.log(JSON.stringify({ audits: results.length, passed: results.length - failed.length, failed }))
