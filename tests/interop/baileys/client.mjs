// One companion device: a Baileys socket, the messages it knows, and what of it is told.
import crypto from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import { pipeline } from 'node:stream/promises'
import makeWASocket, { downloadMediaMessage, generateWAMessageFromContent, getContentType, normalizeMessageContent, proto } from 'baileys'
import { bounded, contentJson, revive } from './json.mjs'
import { UploadAgent } from './sandbox_media.mjs'
import { readAnswer, readVote } from './secrets.mjs'

export const version = [2, 3000, 1043857760]
const restartRequired = 515
const worthAnotherTry = new Set([restartRequired, 408, 428, 500, 503])
const receiptNames = new Map([
    [proto.WebMessageInfo.Status.SERVER_ACK, 'server'],
    [proto.WebMessageInfo.Status.DELIVERY_ACK, 'delivered'],
    [proto.WebMessageInfo.Status.READ, 'read'],
    [proto.WebMessageInfo.Status.PLAYED, 'played'],
])
const untold = new Set(['creds.update', 'connection.update', 'messages.upsert']) // keys, and what has an event of its own

// Baileys logs through a pino-like object. Only what is wrong is of interest here, and it goes to standard error.
function makeLogger(name) {
    const quiet = () => {}
    const loud = level => (details, text) => {
        const error = details?.error ?? details?.err
        const shown = { level, client: name, text: text ?? (typeof details === 'string' ? details : undefined), error: error?.message ?? error?.stack, trace: details?.trace }
        process.stderr.write(JSON.stringify(shown).slice(0, 500) + '\n')
    }
    const logger = { level: 'warn', trace: quiet, debug: quiet, info: quiet, warn: loud('warn'), error: loud('error'), fatal: loud('fatal') }
    logger.child = () => logger
    return logger
}

export class Client {
    constructor(name, options, keyring, write) {
        this.name = name
        this.options = options
        this.keyring = keyring
        this.write = write
        this.logger = makeLogger(name)
        this.messages = new Map() // id -> WAMessage, sent and received
        this.encryption = new Map() // id -> types of its <enc> nodes
        this.closing = false
    }

    emit(event, more) {
        this.write({ event, client: this.name, ...more })
    }

    open() {
        this.closing = false
        const { url, caFile, qrTimeout, history } = this.options
        const socket = makeWASocket({
            waWebSocketUrl: url,
            agent: caFile ? new https.Agent({ ca: fs.readFileSync(caFile) }) : undefined,
            fetchAgent: new UploadAgent(),
            version,
            auth: this.keyring.state,
            logger: this.logger,
            markOnlineOnConnect: false,
            syncFullHistory: history === true,
            shouldSyncHistoryMessage: () => history === true,
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
        socket.ev.on('messages.update', updates => updates.forEach(entry => this.#update(entry)))
        socket.ev.on('messages.reaction', reactions => reactions.forEach(({ key, reaction }) => {
            this.emit('reaction', { id: reaction.key?.id, target: key?.id, text: reaction.text ?? '', from: this.#author(reaction.key) })
        }))
        socket.ev.on('message-receipt.update', updates => updates.forEach(({ key, receipt }) => {
            this.#receipt(key, receipt.readTimestamp ? proto.WebMessageInfo.Status.READ : proto.WebMessageInfo.Status.DELIVERY_ACK, receipt.userJid)
        }))
        socket.ev.process(events => Object.entries(events).forEach(([type, data]) => {
            if (!untold.has(type)) this.emit('raw', { type, ...bounded(data) })
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
        const me = this.keyring.creds.me
        if (update.qr) this.emit('qr', { qr: update.qr })
        if (update.isNewLogin) this.emit('paired', { jid: me?.id, lid: me?.lid })
        if (update.connection === 'open' && this.options.markOnline) {
            this.keyring.creds.me.name ??= 'Peer' // without a name nobody is available
            socket.sendPresenceUpdate('available').catch(error => this.logger.warn({ error }, 'presence'))
        }
        if (update.connection === 'open') this.emit('open', { jid: me?.id, lid: me?.lid })
        if (update.receivedPendingNotifications) this.emit('caught-up', {})
        if (update.connection === 'close') {
            const error = update.lastDisconnect?.error
            const code = error?.output?.statusCode ?? 0
            const again = !this.closing && worthAnotherTry.has(code)
            this.emit('close', { code, reason: error?.message ?? '', reconnecting: again })
            if (again) setTimeout(() => this.closing || this.open(), code === restartRequired ? 0 : 500)
        }
    }

    #author = key => (key?.fromMe ? this.keyring.creds.me?.id : key?.participant || key?.remoteJid)

    #message(message, type) {
        const { key, message: content } = message
        if (message.messageStubType === proto.WebMessageInfo.StubType.CIPHERTEXT) {
            this.emit('undecryptable', { id: key.id, chat: key.remoteJid, reason: message.messageStubParameters?.[0] ?? '' })
            return
        }
        this.messages.set(key.id, message)
        if (key.fromMe && message.status) this.#receipt(key, message.status) // an update that was merged into its message
        if (!content) return
        const inner = normalizeMessageContent(content)
        const kind = getContentType(inner)
        const context = inner?.[kind]?.contextInfo
        this.emit('message', {
            id: key.id, chat: key.remoteJid, chatAlt: key.remoteJidAlt, participant: key.participant, fromMe: key.fromMe === true,
            from: this.#author(key), text: inner?.conversation || inner?.extendedTextMessage?.text || undefined, pushName: message.pushName,
            quotedId: context?.stanzaId, quotedParticipant: context?.participant, encryption: this.encryption.get(key.id),
            kind: type, type: kind, ...this.#content(content),
        })
        this.#opened(message, inner)
    }

    #content(content) {
        const { data, size } = bounded(contentJson(content))
        return data ? { content: data } : { contentSize: size }
    }

    /** Tells what is sealed with the secret of an earlier message. */
    #opened(message, inner) {
        const me = this.keyring.creds.me
        const { pollUpdateMessage, encEventResponseMessage } = inner ?? {}
        if (pollUpdateMessage) {
            const poll = this.messages.get(pollUpdateMessage.pollCreationMessageKey?.id)
            const options = poll && readVote(poll, message, me)
            this.emit('vote', { id: message.key.id, target: pollUpdateMessage.pollCreationMessageKey?.id, from: this.#author(message.key), opened: options !== undefined, options })
        } else if (encEventResponseMessage) {
            const event = this.messages.get(encEventResponseMessage.eventCreationMessageKey?.id)
            const answer = event && readAnswer(event, message, me)
            this.emit('answer', { id: message.key.id, target: encEventResponseMessage.eventCreationMessageKey?.id, from: this.#author(message.key), opened: answer !== undefined, ...answer })
        }
    }

    #update({ key, update }) {
        this.#receipt(key, update.status)
        const edited = update.message?.editedMessage?.message
        if (edited) this.emit('edit', { target: key.id, chat: key.remoteJid, from: this.#author(key), ...this.#content(edited) })
        if (update.messageStubType === proto.WebMessageInfo.StubType.REVOKE) this.emit('revoke', { target: key.id, chat: key.remoteJid })
    }

    #receipt(key, status, from) {
        const type = receiptNames.get(status)
        if (type) this.emit('receipt', { ids: [key.id], type, chat: key.remoteJid, from, fromMe: key.fromMe === true })
    }

    // ---- what it is told to do

    known(id) {
        const message = this.messages.get(id)
        if (!message) throw new Error(`no message ${id}`)
        return message
    }

    revive = value => revive(value, id => this.known(id))

    /** Any method of the socket. */
    async call(method, args) {
        if (typeof this.socket[method] !== 'function') throw new Error(`Baileys has no ${method}`)
        return await this.socket[method](...this.revive(args ?? []))
    }

    async send(to, content, options) {
        const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`
        const sent = await this.socket.sendMessage(jid, this.revive(content), this.revive(options ?? {}))
        this.messages.set(sent.key.id, sent)
        return { id: sent.key.id, content: contentJson(sent.message) }
    }

    /** A message as it is, in protobuf's JSON: for what Baileys does not compose. */
    async relay(to, content) {
        const jid = to.includes('@') ? to : `${to}@s.whatsapp.net`
        const message = generateWAMessageFromContent(jid, proto.Message.fromObject(content), { userJid: this.keyring.creds.me.id })
        this.messages.set(message.key.id, message)
        await this.socket.relayMessage(jid, message.message, { messageId: message.key.id })
        return { id: message.key.id, content: contentJson(message.message) }
    }

    /** Decrypts a message's file into `file` and tells its size and hash. */
    async download(id, file) {
        const message = this.known(id)
        const stream = await downloadMediaMessage(message, 'stream', {}).catch(async error => {
            // Baileys asks the phone by itself only for errors of another shape than its own.
            if (![404, 410].includes(error?.output?.statusCode)) throw error
            return downloadMediaMessage(await this.socket.updateMediaMessage(message), 'stream', {})
        })
        const hash = crypto.createHash('sha256')
        let size = 0
        stream.on('data', chunk => {
            hash.update(chunk)
            size += chunk.length
        })
        await pipeline(stream, fs.createWriteStream(file))
        return { size, sha256: hash.digest('hex') }
    }

    close() {
        this.closing = true
        this.socket?.end(undefined)
    }
}
