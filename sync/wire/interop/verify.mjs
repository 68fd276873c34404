// Verifies a Yanmen token with a JOSE library that shares no code with Yanmen.
//
//   node verify.mjs TOKEN-FILE JWKS-FILE TYP
//
// Prints the payload, byte for byte, if the signature holds, the header is
// {alg: ES256, kid, typ: TYP} and kid is the RFC 7638 thumbprint of the key.
// Otherwise it ends with status 1 and the library's code.
import { readFileSync } from 'node:fs'
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet } from 'jose'

const [tokenFile, jwksFile, typ] = process.argv.slice(2)
const jwks = JSON.parse(readFileSync(jwksFile, 'utf8'))
try {
  const { payload, protectedHeader } = await compactVerify(
    readFileSync(tokenFile, 'utf8'), createLocalJWKSet(jwks), { algorithms: ['ES256'] })
  const key = jwks.keys.find((k) => k.kid === protectedHeader.kid)
  if (protectedHeader.typ !== typ) throw { code: 'TYP' }
  if (await calculateJwkThumbprint(key) !== protectedHeader.kid) throw { code: 'THUMBPRINT' }
  process.stdout.write(payload)
} catch (e) {
  console.error(e.code ?? 'ERROR')
  process.exit(1)
}
