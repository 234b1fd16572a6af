// The audits of "GraphQL over HTTP" by graphql-http, the specification's reference. PII is the server's address, TOKEN
// a token. Prints what each audit found.
import { serverAudits } from 'graphql-http'

const { PII, TOKEN } = process.env
const withToken = (url, init = {}) => {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${TOKEN}`)
  return fetch(url, { ...init, headers })
}

const found = []
for (const audit of serverAudits({ url: `${PII}/graphql`, fetchFn: withToken })) {
  const result = await audit.fn()
  found.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null })
}
console.log(JSON.stringify(found))
