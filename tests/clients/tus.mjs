// Uploads a PDF of SIZE bytes with tus-js-client; prints what happened as JSON.
import { Buffer } from 'node:buffer'
import { DefaultHttpStack, Upload } from 'tus-js-client'

const { CREATE_URL, SIZE, PROXY } = process.env
const bytes = Buffer.alloc(Number(SIZE), 'lang son ')
bytes.write('%PDF-1.7\n')

const told = { retries: 0, offsets: [] }
// The server tells its own address; the way to it leads through the proxy.
const httpStack = new DefaultHttpStack({})
const throughProxy = {
  createRequest: (method, url) => {
    const way = new URL(url)
    way.host = PROXY
    return httpStack.createRequest(method, way.href)
  },
  getName: () => 'through a proxy',
}
const upload = new Upload(bytes, {
  httpStack: throughProxy,
  endpoint: CREATE_URL,
  retryDelays: Array(20).fill(50),
  metadata: { filename: 'evidence.pdf' },
  onShouldRetry: () => ((told.retries += 1), true),
  onAfterResponse: (request, response) => {
    if (request.getMethod() === 'HEAD') told.offsets.push(Number(response.getHeader('Upload-Offset')))
  },
  onSuccess: () => console.log(JSON.stringify({ ...told, done: true })),
  onError: (error) => console.log(JSON.stringify({ ...told, done: false, error: error.message })),
})
upload.start()
