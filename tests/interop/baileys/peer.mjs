// Any number of Baileys clients in one process, driven by JSON lines (see ../README.md for commands and events).
import https from 'node:https'
import fs from 'node:fs'
import readline from 'node:readline'
import makeWASocket, { BufferJSON, WA_CERT_DETAILS, initAuthCreds, proto, useMultiFileAuthState } from 'baileys'

const version = [2, 3000, 1043857760]
const restartRequired = 515
const worthAnotherTry = new Set([restartRequired, 408, 428, 500, 503])
const receiptNames = new Map([
    [proto.WebMessageInfo.Status.SERVER_ACK, 'server'],
    [proto.WebMessageInfo.Status.DELIVERY_ACK, 'delivered'],
    [proto.WebMessageInfo.Status.READ, 'read'],
    [proto.WebMessageInfo.Status.PLAYED, 'played'],
])

// libsignal prints sessions, keys and all, on standard output, where our lines go.
console.log = console.info = console.warn = () => {}

const clients = new Map()
const write = line => process.stdout.write(JSON.stringify(line) + '\n')

// Baileys logs through a pino-like object. Only what is wrong is of interest here, and it goes to standard error.
function makeLogger(name) {
    const quiet = () => {}
    const loud = level => (details, text) => {
        const error = details?.error ?? details?.err
        const shown = { level, client: name, text: text ?? (typeof details === 'string' ? details : undefined), error: error?.message ?? error?.stack }
        process.stderr.write(JSON.stringify(shown).slice(0, 500) + '\n')
    }
    const logger = { level: 'warn', trace: quiet, debug: quiet, info: quiet, warn: loud('warn'), error: loud('error'), fatal: loud('fatal') }
    logger.child = () => logger
    return logger
}

/** Keys and credentials in memory, in the shape Baileys wants them. */
class Keyring {
    constructor(saved) {
        const state = saved ? JSON.parse(saved, BufferJSON.reviver) : { creds: initAuthCreds(), entries: {} }
        this.creds = state.creds
        this.entries = state.entries // { type: { id: value } }
    }

    get state() {
        return { creds: this.creds, keys: { get: (type, ids) => this.#get(type, ids), set: data => this.#set(data) } }
    }

    saved() {} // nothing to do: the memory is the store

    export() {
        return JSON.stringify({ creds: this.creds, entries: this.entries }, BufferJSON.replacer)
    }

    loseSessions() {
        this.entries.session = {}
    }

    #get(type, ids) {
        const known = this.entries[type] ?? {}
        return Object.fromEntries(ids.filter(id => known[id] !== undefined).map(id => [id, known[id]]))
    }

    #set(data) {
        for (const [type, values] of Object.entries(data)) {
            const known = (this.entries[type] ??= {})
            for (const [id, value] of Object.entries(values)) {
                if (value === null || value === undefined) delete known[id]
                else known[id] = value
            }
        }
    }
}

/** The library's own store, one file per record. */
async function openFolder(folder) {
    const { state, saveCreds } = await useMultiFileAuthState(folder)
    return { creds: state.creds, state, saved: saveCreds }
}

class Client {
    constructor(name, options, keyring) {
        this.name = name
        this.options = options
        this.keyring = keyring
        this.logger = makeLogger(name)
        this.messages = new Map() // id -> WAMessage, sent and received
        this.encryption = new Map() // id -> types of its <enc> nodes
        this.closing = false
    }

    emit(event, more) {
        write({ event, client: this.name, ...more })
    }

    open() {
        this.closing = false
        const { url, caFile, qrTimeout } = this.options
        const socket = makeWASocket({
            waWebSocketUrl: url,
            agent: caFile ? new https.Agent({ ca: fs.readFileSync(caFile) }) : undefined,
            version,
            auth: this.keyring.state,
            logger: this.logger,
            markOnlineOnConnect: false,
            syncFullHistory: false,
            shouldSyncHistoryMessage: () => false,
            generateHighQualityLinkPreview: false,
            appStateMacVerification: { patch: true, snapshot: true },
            qrTimeout: qrTimeout ?? 60_000,
            getMessage: async key => this.messages.get(key.id)?.message ?? undefined,
        })
        this.socket = socket
        socket.ev.on('creds.update', update => {
            Object.assign(this.keyring.creds, update)
            this.keyring.saved()
        })
        socket.ev.on('connection.update', update => this.#connection(socket, update))
        socket.ev.on('messages.upsert', ({ messages, type }) => messages.forEach(message => this.#message(message, type)))
        socket.ev.on('messages.update', updates => updates.forEach(({ key, update }) => this.#receipt(key, update.status)))
        socket.ev.on('message-receipt.update', updates => updates.forEach(({ key, receipt }) => {
            this.#receipt(key, receipt.readTimestamp ? proto.WebMessageInfo.Status.READ : proto.WebMessageInfo.Status.DELIVERY_ACK)
        }))
        // Baileys tells nothing of the receipts of devices that nobody looks at.
        socket.ws.on('CB:receipt,type:inactive', ({ attrs }) => this.emit('receipt', { ids: [attrs.id], type: 'inactive', chat: attrs.from, fromMe: true }))
        socket.ws.on('CB:message', node => {
            const types = (Array.isArray(node.content) ? node.content : []).filter(child => child.tag === 'enc').map(child => child.attrs.type)
            if (types.length) this.encryption.set(node.attrs.id, types)
        })
    }

    #connection(socket, update) {
        if (socket !== this.socket) return
        if (update.qr) this.emit('qr', { qr: update.qr })
        if (update.isNewLogin) this.emit('paired', { jid: this.keyring.creds.me?.id, lid: this.keyring.creds.me?.lid })
        if (update.connection === 'open' && this.options.markOnline) {
            this.keyring.creds.me.name ??= 'Peer' // without a name nobody is available
            socket.sendPresenceUpdate('available').catch(error => this.logger.warn({ error }, 'presence'))
        }
        if (update.connection === 'open') this.emit('open', { jid: this.keyring.creds.me?.id, lid: this.keyring.creds.me?.lid })
        if (update.receivedPendingNotifications) this.emit('caught-up', {})
        if (update.connection === 'close') {
            const error = update.lastDisconnect?.error
            const code = error?.output?.statusCode ?? 0
            const again = !this.closing && worthAnotherTry.has(code)
            this.emit('close', { code, reason: error?.message ?? '', reconnecting: again })
            if (again) setTimeout(() => this.closing || this.open(), code === restartRequired ? 0 : 500)
        }
    }

    #message(message, type) {
        const { key, message: content } = message
        if (message.messageStubType === proto.WebMessageInfo.StubType.CIPHERTEXT) {
            this.emit('undecryptable', { id: key.id, chat: key.remoteJid, reason: message.messageStubParameters?.[0] ?? '' })
            return
        }
        this.messages.set(key.id, message)
        if (key.fromMe && message.status) this.#receipt(key, message.status) // an update that was merged into its message
        const extended = content?.extendedTextMessage
        const text = content?.conversation || extended?.text
        if (typeof text !== 'string') return
        this.emit('message', {
            id: key.id, chat: key.remoteJid, chatAlt: key.remoteJidAlt, participant: key.participant, fromMe: key.fromMe === true,
            from: key.fromMe ? this.keyring.creds.me?.id : key.participant || key.remoteJid, text, pushName: message.pushName,
            quotedId: extended?.contextInfo?.stanzaId, quotedParticipant: extended?.contextInfo?.participant,
            encryption: this.encryption.get(key.id), kind: type,
        })
    }

    #receipt(key, status) {
        const type = receiptNames.get(status)
        if (type) this.emit('receipt', { ids: [key.id], type, chat: key.remoteJid, fromMe: key.fromMe === true })
    }

    close() {
        this.closing = true
        this.socket?.end(undefined)
    }
}

const commands = {
    async connect({ client, ...options }) {
        if (clients.has(client)) throw new Error(`client ${client} exists`)
        WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(options.rootKey, 'hex')
        const keyring = options.folder ? await openFolder(options.folder) : new Keyring(options.auth)
        const made = new Client(client, options, keyring)
        clients.set(client, made)
        made.open()
    },
    reconnect: ({ client }) => find(client).open(),
    disconnect: ({ client }) => find(client).close(),
    forget({ client }) {
        find(client).close()
        clients.delete(client)
    },
    export: ({ client }) => ({ auth: find(client).keyring.export() }),
    requestCode: async ({ client, phone }) => ({ code: await find(client).socket.requestPairingCode(phone) }),
    loseSessions: ({ client }) => find(client).keyring.loseSessions(),
    logout: ({ client }) => find(client).socket.logout(),
    async send({ client, to, text, quoted }) {
        const from = find(client)
        const original = quoted === undefined ? undefined : from.messages.get(quoted)
        if (quoted !== undefined && !original) throw new Error(`no message ${quoted} to quote`)
        const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`
        const sent = await from.socket.sendMessage(jid, { text }, original ? { quoted: original } : {})
        from.messages.set(sent.key.id, sent)
        return { id: sent.key.id }
    },
    async read({ client, message }) {
        const reader = find(client)
        const known = reader.messages.get(message)
        if (!known) throw new Error(`no message ${message} to read`)
        await reader.socket.readMessages([known.key])
    },
    stats: () => ({ signatures: globalThis.__sig, memory: process.memoryUsage(), clients: clients.size }),
    collect: () => globalThis.gc?.(), // with node --expose-gc
}

function find(name) {
    const client = clients.get(name)
    if (!client) throw new Error(`no client ${name}`)
    return client
}

process.on('unhandledRejection', error => process.stderr.write(`unhandled: ${error?.stack ?? error}\n`))
const input = readline.createInterface({ input: process.stdin })
input.on('line', async line => {
    const { id, cmd, ...argumentsOf } = JSON.parse(line)
    try {
        if (!Object.hasOwn(commands, cmd)) throw new Error(`no command ${cmd}`)
        write({ id, ok: true, result: (await commands[cmd](argumentsOf)) ?? {} })
    } catch (error) {
        write({ id, ok: false, error: error?.message ?? String(error) })
    }
})
input.on('close', () => process.exit(0))
write({ event: 'ready', peer: 'baileys', version: version.join('.'), strict: globalThis.__sig !== undefined })
