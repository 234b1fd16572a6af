// graphql-request as a client would use it; prints what it got. PII is the server's address, TOKEN a token.
import { ClientError, GraphQLClient, gql } from 'graphql-request'

const { PII, TOKEN } = process.env
const headers = { Authorization: `Bearer ${TOKEN}`, 'Accept-Language': 'en' }
const client = new GraphQLClient(`${PII}/graphql`, { headers })
const codeOf = async (document, variables, from = client) => {
  try {
    await from.request(document, variables)
    return null
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return [error.response.status, error.response.errors[0].extensions.code]
  }
}

const { viewer } = await client.request(gql`{ viewer { id email } }`)
const read = gql`query Organizations($first: Int!) { organizations(first: $first) { nodes { id code } } }`
const { organizations } = await client.request(read, { first: 2 })
const byGet = new GraphQLClient(`${PII}/graphql`, { headers, method: 'GET', jsonSerializer: JSON })
const change = gql`
  mutation Create($input: OrganizationCreateInput!) {
    organizationCreate(input: $input) { organization { code nameVi } userErrors { field code message } }
  }`
const create = async (input) => (await client.request(change, { input })).organizationCreate
const good = { code: 'CLIENT', nameVi: 'Khách hàng', nameEn: 'A client', kind: 'DEPARTMENT' }
console.log(
  JSON.stringify({
    email: viewer.email,
    codes: organizations.nodes.length,
    same: (await byGet.request(read, { first: 2 })).organizations.nodes[1].id === organizations.nodes[1].id,
    created: await create(good),
    again: await create(good),
    unknownField: await codeOf(gql`{ nothing }`),
    unknownVariable: await codeOf(read, { first: 'two' }),
    stranger: await codeOf(gql`{ viewer { id } }`, {}, new GraphQLClient(`${PII}/graphql`)),
  }),
)
