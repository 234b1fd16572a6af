// PostGraphile as its manual has it, with two workers: node server.mjs PORT DATABASE KEYS ISSUER
import cluster from "node:cluster";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const WORKERS = 2;
// Both workers together have as many as the other servers.
const CONNECTIONS = 8 / WORKERS;

const [port, connectionString, keyFile, issuer] = process.argv.slice(2);

const keys = new Map();
for (const jwk of JSON.parse(readFileSync(keyFile, "utf8")).keys) {
  keys.set(jwk.kid, createPublicKey({ key: jwk, format: "jwk" }));
}

const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

// The user whose token it is; a signature is checked with every request, as the hand-written server does.
function user(authorization) {
  const [header, claims, signature] = (authorization ?? "").replace(/^Bearer /, "").split(".");
  if (!signature) return null;
  const key = keys.get(read(header).kid);
  const isSigned = key && verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url"));
  const { iss, aud, exp, sub } = read(claims);
  return isSigned && iss === issuer && aud === "pii-api" && exp > Date.now() / 1000 ? sub : null;
}

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ["public"], poolConfig: { max: CONNECTIONS } })],
  grafserv: { graphiql: false, websockets: false, watch: false },
  grafast: {
    explain: false,
    context: ({ node }) => ({ pgSettings: { "jwt.claims.sub": user(node?.req.headers.authorization) ?? "" } }),
  },
};

if (cluster.isPrimary) {
  for (let number = 0; number < WORKERS; number += 1) cluster.fork();
} else {
  const serv = postgraphile(preset).createServ(grafserv);
  await serv.ready();
  const answer = serv.createHandler();
  const server = createServer((request, response) => {
    if (request.url === "/readyz") response.end("ok");
    else answer(request, response);
  });
  server.listen(Number(port), "127.0.0.1");
}
