// Holds wagate's message content against Baileys': node content_check.mjs PATH_OF_CONTENT_PEER EXPECTED_JSON [--write]
// - each of our samples, read with Baileys' schema, is what EXPECTED_JSON says, and has no field it does not know;
// - the same content, written by Baileys, means the same here;
// - what Baileys makes of its own API is read here, and building it again loses nothing;
// - votes and answers to events that we seal open in Baileys.
// --write makes EXPECTED_JSON anew from our samples: read it before you trust it. Exits 1 with the differences.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { proto } from 'baileys/WAProto/index.js'
import { generateWAMessageContent, generateWAMessageFromContent } from 'baileys/lib/Utils/messages.js'
import { decryptEventResponse, decryptPollVote } from 'baileys/lib/Utils/process-message.js'

const [peerPath, expectedPath, mode] = process.argv.slice(2)
if (!peerPath || !expectedPath) {
    console.error('usage: node content_check.mjs PATH_OF_CONTENT_PEER EXPECTED_JSON [--write]')
    process.exit(2)
}

// ---- the peer: one command line out, one line of JSON in

const peer = spawn(peerPath, [], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()

async function ask(...words) {
    peer.stdin.write(words.join(' ') + '\n')
    const { value, done } = await lines.next()
    if (done) throw new Error('content_peer ended before it answered')
    return JSON.parse(value)
}

// ---- checks

const totals = new Map()

function check(name, passed, details) {
    const total = totals.get(name) ?? { passed: 0, failed: 0 }
    totals.set(name, total)
    total[passed ? 'passed' : 'failed'] += 1
    if (!passed) console.error(`FAILED ${name}: ${details()}\n`)
}

const hex = bytes => Buffer.from(bytes).toString('hex')
const unhex = text => Buffer.from(text, 'hex')
const shown = message => proto.Message.toObject(message, { longs: Number, enums: String, bytes: String })

/**
 * What a message means: false, zero and empty texts are the same as no value, and a text without anything else may be
 * written in its short form.
 */
function meaning(bytes) {
    const reduced = value => {
        if (Array.isArray(value)) return value.map(reduced)
        if (typeof value !== 'object' || value === null) return value
        const kept = Object.entries(value).map(([key, inner]) => [key, reduced(inner)])
        const object = Object.fromEntries(kept.filter(([, inner]) => inner !== false && inner !== 0 && inner !== ''))
        if (object.extendedTextMessage && isDeepStrictEqual(Object.keys(object.extendedTextMessage), ['text'])) {
            object.conversation = object.extendedTextMessage.text
            delete object.extendedTextMessage
        }
        return object
    }
    return reduced(proto.Message.toObject(proto.Message.decode(bytes), { longs: Number, bytes: String }))
}

// ---- our samples

const { samples } = await ask('samples')
if (mode === '--write') {
    const entries = samples.map(({ name, hex: bytes }) => [name, shown(proto.Message.decode(unhex(bytes)))])
    writeFileSync(expectedPath, JSON.stringify(Object.fromEntries(entries), null, 1) + '\n')
}
const expected = JSON.parse(readFileSync(expectedPath, 'utf8'))
check('every sample is expected', isDeepStrictEqual(Object.keys(expected), samples.map(sample => sample.name)), () =>
    'names differ; see --write')

for (const [index, { name, hex: bytes }] of samples.entries()) {
    const theirs = proto.Message.decode(unhex(bytes))
    const object = JSON.parse(JSON.stringify(shown(theirs)))
    check('our bytes in Baileys', isDeepStrictEqual(object, expected[name]), () =>
        `${name}\n  expected ${JSON.stringify(expected[name])}\n  actual   ${JSON.stringify(object)}`)
    const again = proto.Message.encode(theirs).finish()
    check('Baileys knows each of our fields', again.length === bytes.length / 2, () =>
        `${name}: ${bytes.length / 2} bytes became ${again.length}`)
    const written = proto.Message.encode(proto.Message.fromObject(expected[name])).finish()
    const { same } = await ask('same', index, hex(written))
    check("Baileys' bytes here", same, () => `${name}: ${hex(written)}`)
}

// ---- what Baileys makes

const key = { remoteJid: '15550002222@s.whatsapp.net', fromMe: true, id: '3EB0ABC' }
const quoted = {
    key: { ...key, fromMe: false, participant: '15550003333@s.whatsapp.net' },
    message: { conversation: 'what was said' }
}
const made = [
    ['text', { text: 'hello', linkPreview: null }],
    ['text', { text: 'hello @15550003333', mentions: ['15550003333@s.whatsapp.net'], linkPreview: null }],
    ['text', { text: 'hello all', mentionAll: true, linkPreview: null }],
    ['text', {
        text: 'see https://page.example',
        linkPreview: { 'matched-text': 'https://page.example', title: 'title', description: 'description' }
    }],
    ['contacts', { contacts: { displayName: 'Ann', contacts: [{ displayName: 'Ann', vcard: 'BEGIN:VCARD' }] } }],
    ['contacts', {
        contacts: { displayName: '2', contacts: [{ displayName: 'A', vcard: 'a' }, { displayName: 'B', vcard: 'b' }] }
    }],
    ['location', { location: { degreesLatitude: 24.121231, degreesLongitude: 55.1121221, name: 'here' } }],
    ['reaction', { react: { text: '👍', key } }],
    ['reaction', { react: { text: '', key } }],
    ['revoke', { delete: key }],
    ['ephemeral_setting', { disappearingMessagesInChat: 604800 }],
    ['group_invite', {
        groupInvite: { inviteCode: 'code', inviteExpiration: 1700000000, text: 'join', jid: '1203630@g.us', subject: 'us' }
    }],
    ['pin', { pin: key, type: 1, time: 86400 }],
    ['pin', { pin: key, type: 2 }],
    ['template_reply', { buttonReply: { displayText: 'yes', id: 'b1', index: 1 }, type: 'template' }],
    ['button_reply', { buttonReply: { displayText: 'yes', id: 'b1' }, type: 'plain' }],
    ['list_reply', { listReply: { title: 'row', listType: 1, singleSelectReply: { selectedRowId: 'r1' } } }],
    ['event', {
        event: { name: 'party', description: 'at home', startDate: new Date(1.8e12), endDate: new Date(1.8e12 + 3600e3),
            location: { degreesLatitude: 1, degreesLongitude: 2, name: 'home' }, extraGuestsAllowed: true }
    }],
    ['poll', { poll: { name: 'food?', values: ['pizza', 'pasta'], selectableCount: 1 } }],
    ['poll', { poll: { name: 'food?', values: ['pizza', 'pasta'], selectableCount: 2 } }],
    ['poll', { poll: { name: 'food?', values: ['pizza', 'pasta'], selectableCount: 0, toAnnouncementGroup: true } }],
    ['album', { album: { expectedImageCount: 2, expectedVideoCount: 1 } }],
    ['protocol_notice', { sharePhoneNumber: true }],
    ['phone_number_request', { requestPhoneNumber: true }],
    ['protocol_notice', { limitSharing: true }],
    ['edit', { text: 'corrected', edit: key, linkPreview: null }],
    ['text', { text: 'once', viewOnce: true, linkPreview: null }]
]

const withTimer = { quoted, userJid: '15550001111@s.whatsapp.net', ephemeralExpiration: 86400, messageId: '3EB0DEF' }
for (const [kind, content] of made) {
    const plain = await generateWAMessageContent(content, {})
    const messages = [plain]
    // Baileys puts a quote and a timer into whatever it is given; here only into what can have them.
    if (['text', 'contacts', 'location', 'event', 'poll'].includes(kind))
        messages.push(generateWAMessageFromContent('15550002222@s.whatsapp.net', structuredClone(plain), withTimer).message)
    for (const message of messages) {
        const bytes = proto.Message.encode(message).finish()
        const answer = await ask('rebuild', hex(bytes))
        check("Baileys' messages are of the kind it meant", answer.kind === kind, () => `${kind}, not ${answer.kind}`)
        const before = meaning(bytes)
        const after = meaning(unhex(answer.hex))
        check("Baileys' messages survive being read and built", isDeepStrictEqual(after, before), () =>
            `${kind}\n  before ${JSON.stringify(before)}\n  after  ${JSON.stringify(after)}`)
    }
}

// ---- secrets

const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const author = '15550002222@s.whatsapp.net'
const sender = '900000000000001@lid'
{
    const { plaintext } = await ask('choice', 'pizza', 'pasta')
    const sealed = await ask('seal', 'poll_vote', hex(secret), '3EB0ABC', author, sender, plaintext)
    const vote = decryptPollVote({ encPayload: unhex(sealed.payload), encIv: unhex(sealed.iv) }, {
        pollCreatorJid: author, pollMsgId: '3EB0ABC', pollEncKey: secret, voterJid: sender
    })
    const chosen = vote.selectedOptions.map(hex)
    const { createHash } = await import('node:crypto')
    const wanted = ['pizza', 'pasta'].map(name => createHash('sha256').update(name).digest('hex'))
    check('our vote opens in Baileys', isDeepStrictEqual(chosen, wanted), () => JSON.stringify(chosen))
}
{
    const { plaintext } = await ask('answer', 3)
    const sealed = await ask('seal', 'event_response', hex(secret), '3EB0ABC', author, sender, plaintext)
    const response = decryptEventResponse({ encPayload: unhex(sealed.payload), encIv: unhex(sealed.iv) }, {
        eventCreatorJid: author, eventMsgId: '3EB0ABC', eventEncKey: secret, responderJid: sender
    })
    const right = response.response === 3 && Number(response.timestampMs) === 1700000000123 && response.extraGuestCount === 2
    check('our answer to an event opens in Baileys', right, () => JSON.stringify(response))
}

peer.stdin.end()
for (const [name, { passed, failed }] of totals) console.log(`${name}: ${passed} passed, ${failed} failed`)
process.exitCode = [...totals.values()].some(total => total.failed > 0) ? 1 : 0
