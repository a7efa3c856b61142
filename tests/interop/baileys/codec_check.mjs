// Holds wagate's binary XML codec against Baileys': node codec_check.mjs PATH_OF_CODEC_PEER [COUNT [SEED]]
// For COUNT random nodes: our bytes, plain and compressed, must decode in Baileys to the same node; Baileys' bytes,
// plain and compressed, must decode here to the same node; and where both must choose the same form, the bytes must
// be equal. The token tables must be equal as well. Exits 1 with the differences.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { deflateSync } from 'node:zlib'
import { isDeepStrictEqual } from 'node:util'
import { encodeBinaryNode } from 'baileys/lib/WABinary/encode.js'
import { decodeBinaryNode } from 'baileys/lib/WABinary/decode.js'
import { SINGLE_BYTE_TOKENS, DOUBLE_BYTE_TOKENS } from 'baileys/lib/WABinary/constants.js'

const [peerPath, countText = '2000', seedText = '1'] = process.argv.slice(2)
if (!peerPath) {
    console.error('usage: node codec_check.mjs PATH_OF_CODEC_PEER [COUNT [SEED]]')
    process.exit(2)
}
const count = Number(countText)

// ---- the peer: one command line out, lines of JSON in

const peer = spawn(peerPath, [], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()

async function answer() {
    const { value, done } = await lines.next()
    if (done) throw new Error('codec_peer ended before it answered')
    return JSON.parse(value)
}

async function ask(command) {
    peer.stdin.write(command + '\n')
    return answer()
}

// ---- nodes as both sides see them

/** A JID as Baileys' decoder prints it. */
function printed({ user, server, device, integrator }) {
    if (server === 'msgr' && user) return `${user}:${device}@msgr`
    if (server === 'interop' && user) return `${integrator}-${user}:${device}@interop`
    return `${user}${device ? `:${device}` : ''}@${server}`
}

/** Baileys cannot write messenger and interop addresses; another address takes their place. */
function writable(jid) {
    const foreign = jid.user && (jid.server === 'msgr' || jid.server === 'interop')
    return foreign ? { user: jid.user, server: 'lid', device: jid.device & 0xff, integrator: 0 } : jid
}

function mapJids(node, change) {
    const value = v => (v.jid ? { jid: change(v.jid) } : v)
    const attrs = node.attrs.map(([key, v]) => [key, value(v)])
    const content = node.content?.nodes ? { nodes: node.content.nodes.map(n => mapJids(n, change)) } : node.content
    return { tag: node.tag, attrs, content }
}

/** Our JSON as the object that Baileys encodes and decodes. */
function toBaileys(node) {
    const attrs = Object.fromEntries(node.attrs.map(([key, v]) => [key, v.jid ? printed(v.jid) : v.text]))
    let content
    if (node.content?.nodes) content = node.content.nodes.map(toBaileys)
    else if (node.content?.bytes !== undefined) content = Buffer.from(node.content.bytes, 'hex')
    else if (node.content) content = node.content.text
    return { tag: node.tag, attrs, content }
}

/** Baileys' object in a form that compares and prints well. */
function plain({ tag, attrs, content }) {
    let shown = null
    if (Array.isArray(content)) shown = content.map(plain)
    else if (content instanceof Uint8Array) shown = { bytes: Buffer.from(content).toString('hex') }
    else if (content !== undefined && content !== null) shown = { text: content }
    return { tag, attrs: { ...attrs }, content: shown }
}

/** True when both encoders must choose the same bytes: Baileys writes a pair for a hosted address without device. */
function sameForm(node) {
    const exact = ({ user, server, device }) => !(user && server.startsWith('hosted') && !device)
    return node.attrs.every(([, v]) => !v.jid || exact(v.jid)) && (node.content?.nodes ?? []).every(sameForm)
}

// ---- checks

const totals = new Map()
let shown = 0

function check(name, passed, details) {
    const total = totals.get(name) ?? { passed: 0, failed: 0 }
    totals.set(name, total)
    if (passed) {
        total.passed += 1
        return true
    }
    total.failed += 1
    if (shown++ < 5) console.error(`FAILED ${name}\n${details()}\n`)
    return false
}

function brief(value) {
    const text = JSON.stringify(value) ?? 'nothing'
    return text.length > 300 ? `${text.slice(0, 300)}... (${text.length} characters)` : text
}

function firstDifference(expected, actual, path = 'node') {
    if (isDeepStrictEqual(expected, actual)) return ''
    const both = typeof expected === 'object' && typeof actual === 'object' && expected && actual
    if (both) {
        for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
            const difference = firstDifference(expected[key], actual[key], `${path}.${key}`)
            if (difference) return difference
        }
    }
    return `  at ${path}\n    expected ${brief(expected)}\n    actual   ${brief(actual)}`
}

async function checkOurBytes(name, hex, node) {
    const expected = plain(toBaileys(node))
    let actual
    try {
        actual = plain(await decodeBinaryNode(Buffer.from(hex, 'hex')))
    } catch (error) {
        return check(name, false, () => `  Baileys refused ${hex}: ${error.message}`)
    }
    return check(name, isDeepStrictEqual(actual, expected), () => `${firstDifference(expected, actual)}\n  frame ${hex}`)
}

async function checkTheirBytes(name, frame, node) {
    const hex = frame.toString('hex')
    const reply = await ask(`decode ${hex}`)
    if (reply.error) return check(name, false, () => `  wagate refused ${hex}: ${reply.error}`)
    const equal = isDeepStrictEqual(reply.node, node)
    return check(name, equal, () => `${firstDifference(node, reply.node)}\n  frame ${hex}`)
}

async function checkNode({ node, hex, compressed }) {
    const theirs = mapJids(node, writable)
    const frame = encodeBinaryNode(toBaileys(theirs))
    const packed = Buffer.concat([Buffer.of(2), deflateSync(frame.subarray(1))])
    const results = [
        await checkOurBytes('our bytes in Baileys', hex, node),
        await checkOurBytes('our compressed bytes in Baileys', compressed, node),
        await checkTheirBytes("Baileys' bytes here", frame, theirs),
        await checkTheirBytes("Baileys' compressed bytes here", packed, theirs)
    ]
    if (isDeepStrictEqual(node, theirs) && sameForm(node)) {
        const same = frame.toString('hex') === hex
        results.push(check('equal bytes', same, () => `  expected ${frame.toString('hex')}\n  actual   ${hex}`))
    }
    return results.every(Boolean)
}

const tables = await ask('tokens')
check('single-byte tokens', isDeepStrictEqual(tables.single, SINGLE_BYTE_TOKENS.slice(1)), () =>
    firstDifference(SINGLE_BYTE_TOKENS.slice(1), tables.single, 'single'))
check('double-byte tokens', isDeepStrictEqual(tables.double, DOUBLE_BYTE_TOKENS), () =>
    firstDifference(DOUBLE_BYTE_TOKENS, tables.double, 'double'))

const samples = [await ask(`generate ${seedText} ${count}`)]
while (samples.length < count) samples.push(await answer())
let passedNodes = 0
for (const sample of samples) {
    if (await checkNode(sample)) passedNodes += 1
}
peer.stdin.end()

for (const [name, { passed, failed }] of totals) console.log(`${name}: ${passed} passed, ${failed} failed`)
console.log(`${passedNodes} passed, ${count - passedNodes} failed`)
process.exitCode = [...totals.values()].some(total => total.failed > 0) ? 1 : 0
