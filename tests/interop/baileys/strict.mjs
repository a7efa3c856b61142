// Makes Baileys refuse wrong signatures. Load it before Baileys: node --import ./strict.mjs peer.mjs
//
// Baileys takes "verifySignature did not throw" for "the signature is right", but libsignal answers with a boolean, and
// with `true` for every signed prekey of a fetched bundle. Here a wrong signature throws, for whatever it stands, and
// both outcomes are counted: a suite that sees no count at all knows that this hook was bypassed.
import { createRequire } from 'node:module'

const curve = createRequire(import.meta.url)('libsignal/src/curve.js')
const verify = curve.verifySignature
const signatures = { ok: 0, bad: 0 }
globalThis.__sig = signatures

curve.verifySignature = (key, message, signature) => {
    let right = false
    try {
        right = verify(key, message, signature) === true // no fourth argument: nothing is exempt
    } finally {
        signatures[right ? 'ok' : 'bad'] += 1
    }
    if (!right) throw new Error('strict: wrong signature')
    return true
}
