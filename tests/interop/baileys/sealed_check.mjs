// Holds wagate's app state and media against Baileys': node sealed_check.mjs PATH_OF_SEALED_PEER [COUNT [SEED]]
// COUNT patches of each collection, made here, must apply in Baileys with every MAC checked to the same state and the
// same actions, also from a snapshot; what Baileys makes must apply here; files and media retries must open on either
// side; and what is changed must be refused here. Exits 1 with the differences.
import './guard.mjs'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { encodeBinaryNode } from 'baileys/lib/WABinary/encode.js'
import { decodeBinaryNode } from 'baileys/lib/WABinary/decode.js'
import { proto } from 'baileys/WAProto/index.js'
import {
    chatModificationToAppPatch, decodePatches, decodeSyncdSnapshot, encodeSyncdPatch, newLTHashState
} from 'baileys/lib/Utils/chat-utils.js'
import {
    decodeMediaRetryNode, decryptMediaRetryData, downloadEncryptedContent, encryptedStream, encryptMediaRetryRequest,
    getMediaKeys
} from 'baileys/lib/Utils/messages-media.js'

const [peerPath, countText = '60', seedText = '1'] = process.argv.slice(2)
if (!peerPath) {
    console.error('usage: node sealed_check.mjs PATH_OF_SEALED_PEER [COUNT [SEED]]')
    process.exit(2)
}
const count = Number(countText)
const seed = Number(seedText)

// ---- the peer: one command line out, one line of JSON in

const peer = spawn(peerPath, [], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()

async function ask(command) {
    peer.stdin.write(command + '\n')
    const { value, done } = await lines.next()
    if (done) throw new Error(`sealed_peer ended before it answered: ${command.slice(0, 60)}`)
    return JSON.parse(value)
}

// ---- checks

const totals = new Map()
let shown = 0

function check(name, expected, actual) {
    const total = totals.get(name) ?? { passed: 0, failed: 0 }
    totals.set(name, total)
    if (isDeepStrictEqual(expected, actual)) {
        total.passed += 1
        return
    }
    total.failed += 1
    if (shown++ < 5) {
        console.error(`FAILED ${name}\n  expected ${JSON.stringify(expected)?.slice(0, 600)}`)
        console.error(`  actual   ${JSON.stringify(actual)?.slice(0, 600)}`)
    }
}

const hex = bytes => Buffer.from(bytes).toString('hex')
const unhex = text => Buffer.from(text, 'hex')

// ---- app state

const collections = ['critical_block', 'critical_unblock_low', 'regular_high', 'regular', 'regular_low']

/** Baileys goes on after a wrong MAC; here every warning is a failure. */
const complaints = []
const logger = {
    trace() {}, debug() {}, info() {},
    warn: (...args) => complaints.push(args),
    error: (...args) => complaints.push(args)
}

function keySource(key) {
    return async id => (id === unhex(key.id).toString('base64') ? { keyData: unhex(key.data) } : undefined)
}

/** What a patch says, by index: Baileys keeps the last of each. */
function byIndex(mutations) {
    return Object.fromEntries(mutations.map(({ index, version, value }) => [index, { version, value }]))
}

function fromBaileys(mutationMap) {
    return Object.fromEntries(Object.values(mutationMap).map(({ syncAction }) => [
        Buffer.from(syncAction.index).toString(),
        { version: syncAction.version, value: hex(proto.SyncActionValue.encode(syncAction.value).finish()) }
    ]))
}

for (const [number, collection] of collections.entries()) {
    const { key, patches, snapshot } = await ask(`patches ${seed * 10 + number} ${count} ${collection}`)
    let state = newLTHashState()
    const everything = new Map()
    for (const { bytes, version, hash, mutations } of patches) {
        const patch = proto.SyncdPatch.decode(unhex(bytes))
        patch.version = { version }
        const applied = await decodePatches(collection, [patch], state, keySource(key), {}, undefined, logger, true)
        state = applied.state
        check('our patches in Baileys: state', { version, hash }, { version: state.version, hash: hex(state.hash) })
        check('our patches in Baileys: actions', byIndex(mutations), fromBaileys(applied.mutationMap))
        for (const mutation of mutations) {
            if (mutation.operation === 'set') everything.set(mutation.index, mutation)
            else everything.delete(mutation.index)
        }
    }
    const late = await decodeSyncdSnapshot(
        collection, proto.SyncdSnapshot.decode(unhex(snapshot)), keySource(key), undefined, true, logger)
    check('our snapshots in Baileys: state', hex(state.hash), hex(late.state.hash))
    check('our snapshots in Baileys: actions', byIndex([...everything.values()]), fromBaileys(late.mutationMap))
}
check('complaints of Baileys', [], complaints)

const chat = '15550001111@s.whatsapp.net'
const group = '120363000000000001@g.us'
const lastMessages = [{ key: { remoteJid: chat, id: '3EB0AA', fromMe: false }, messageTimestamp: 1_780_000_000 }]
const star = starred => ({ star: { messages: [{ id: '3EB0AA', fromMe: true }], star: starred } })
const modifications = [
    [{ mute: 1_790_000_000_000 }, chat], [{ mute: null }, chat], [{ archive: true, lastMessages }, chat],
    [{ archive: false, lastMessages }, group], [{ markRead: false, lastMessages }, chat],
    [{ markRead: true, lastMessages }, chat],
    [{ deleteForMe: { timestamp: 1_780_000_000, key: lastMessages[0].key, deleteMedia: true } }, chat],
    [{ clear: true, lastMessages }, chat], [{ pin: true }, chat], [{ pin: false }, chat],
    [{ contact: { fullName: 'Ann "A" \\ Łu\n', firstName: 'Ann', lidJid: '900000000000001@lid' } }, chat],
    [star(true), chat], [star(false), chat], [{ delete: true, lastMessages }, chat], [{ pushNameSetting: 'Ann' }, ''],
    [{ quickReply: { shortcut: 'hi', message: 'hello', timestamp: '1780000000' } }, ''],
    [{ disableLinkPreviews: { isPreviewsDisabled: true } }, ''],
    [{ addLabel: { id: '7', name: 'New', color: 3, predefinedId: 1, deleted: false } }, ''],
    [{ addChatLabel: { labelId: '7' } }, chat], [{ removeChatLabel: { labelId: '7' } }, chat],
    [{ addMessageLabel: { labelId: '7', messageId: '3EB0AA' } }, chat],
    [{ removeMessageLabel: { labelId: '7', messageId: '3EB0AA' } }, chat],
    // Last of its entry: Baileys forgets that it has removed one.
    [{ contact: null }, chat]
]
const key = { id: hex(randomBytes(6)), data: hex(randomBytes(32)) }
const made = new Map(collections.map(name => [name, { state: newLTHashState(), patches: [], mutations: [] }]))
for (const [modification, jid] of modifications) {
    const change = chatModificationToAppPatch(modification, jid)
    const collection = made.get(change.type)
    const { patch, state } = await encodeSyncdPatch(change, unhex(key.id).toString('base64'), collection.state,
        keySource(key))
    collection.state = state
    collection.patches.push(hex(proto.SyncdPatch.encode(proto.SyncdPatch.fromObject(patch)).finish()))
    collection.mutations.push({
        operation: change.operation === proto.SyncdMutation.SyncdOperation.SET ? 'set' : 'remove',
        index: JSON.stringify(change.index),
        version: change.apiVersion,
        value: hex(proto.SyncActionValue.encode(proto.SyncActionValue.fromObject(change.syncAction)).finish())
    })
}

/** Ours writes what it understood, which has more fields than Baileys sends: compared as far as Baileys wrote. */
function meaning({ operation, index, version, value }) {
    const action = proto.SyncActionValue.toObject(proto.SyncActionValue.decode(unhex(value)), { longs: Number })
    if (action.contactAction) delete action.contactAction.saveOnPrimaryAddressbook
    if (action.muteAction && !action.muteAction.muted) delete action.muteAction.muteEndTimestamp
    return { operation, index, version, action }
}

for (const [name, { state, patches, mutations }] of made) {
    const applied = await ask(`apply ${JSON.stringify({ collection: name, key, patches })}`)
    check("Baileys' patches here: state", { version: patches.length, hash: hex(state.hash) },
        { version: applied.version, hash: applied.hash ?? applied.error })
    for (const [i, mutation] of mutations.entries()) {
        const read = applied.mutations?.[i]
        check("Baileys' patches here: actions", meaning(mutation), read && meaning(read))
    }
    if (!patches.length) continue
    const patch = proto.SyncdPatch.decode(unhex(patches[0]))
    patch.mutations[0].record.value.blob[20] ^= 1
    const forged = hex(proto.SyncdPatch.encode(patch).finish())
    const refused = await ask(`apply ${JSON.stringify({ collection: name, key, patches: [forged] })}`)
    check('forged patches are refused', 'the MAC of a value is wrong', refused.error)
}

// ---- media

const types = { image: 'image', video: 'video', audio: 'audio', document: 'document', 'md-app-state': 'md-app-state',
    'md-msg-hist': 'md-msg-hist' }

async function collect(stream) {
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks)
}

/** A URL that holds the file: nothing is dialled. */
const inPlace = bytes => `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`

let step = 0
for (const [ours, theirs] of Object.entries(types)) {
    for (const length of [0, 1, 15, 16, 17, 1000, 65_536, 100_001]) {
        const file = await ask(`encrypt ${ours} ${seed + step++} ${length}`)
        const keys = await getMediaKeys(unhex(file.key), theirs)
        const read = await collect(await downloadEncryptedContent(inPlace(unhex(file.file)), keys))
        check('our files in Baileys', file.plain, hex(read))
        check('hash of our files', createHash('sha256').update(unhex(file.file)).digest('hex'), file.encryptedSha256)

        const plain = randomBytes(length)
        const written = await encryptedStream(plain, theirs)
        const bytes = await fs.readFile(written.encFilePath)
        await fs.unlink(written.encFilePath)
        const opened = await ask(`decrypt ${ours} ${hex(written.mediaKey)} ${hex(bytes)}`)
        check("Baileys' files here", hex(plain), opened.plain ?? opened.error)
        bytes[bytes.length - 1] ^= 1
        const refused = await ask(`decrypt ${ours} ${hex(written.mediaKey)} ${hex(bytes)}`)
        check('forged files are refused', 'the MAC of the file is wrong', refused.error)
    }
}

const mediaKey = randomBytes(32)
const { frame } = await ask(`retry-answer ${hex(mediaKey)}`)
const event = decodeMediaRetryNode(await decodeBinaryNode(unhex(frame)))
check('our retry answers in Baileys: message', { remoteJid: group, id: '3EB0AA', fromMe: false,
    participant: '15550002222@s.whatsapp.net' }, { ...event.key })
const answer = decryptMediaRetryData(event.media, mediaKey, event.key.id)
check('our retry answers in Baileys: content', { stanzaId: '3EB0AA', directPath: '/v/new.enc?oe=1', result: 1 },
    proto.MediaRetryNotification.toObject(answer))
const request = await encryptMediaRetryRequest({ id: '3EB0AA', remoteJid: chat, fromMe: true }, mediaKey,
    '15550001111:3@s.whatsapp.net')
const seen = await ask(`retry-request ${hex(mediaKey)} ${hex(encodeBinaryNode(request))}`)
check("Baileys' retry requests here", { id: '3EB0AA', chat }, seen)

peer.stdin.end()
for (const [name, { passed, failed }] of totals) console.log(`${name}: ${passed} passed, ${failed} failed`)
process.exitCode = [...totals.values()].some(total => total.failed > 0) ? 1 : 0
