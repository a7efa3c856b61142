// Any number of Baileys clients in one process, driven by JSON lines (see ../README.md for commands and events).
import readline from 'node:readline'
import { WA_CERT_DETAILS } from 'baileys'
import { Client, version } from './client.mjs'
import { replacer } from './json.mjs'
import { Keyring, openFolder } from './keyring.mjs'
import { useSandbox } from './sandbox_media.mjs'

// libsignal prints sessions, keys and all, on standard output, where our lines go.
console.log = console.info = console.warn = () => {}

const clients = new Map()
const write = line => process.stdout.write(JSON.stringify(line, replacer) + '\n')

const commands = {
    async connect({ client, ...options }) {
        if (clients.has(client)) throw new Error(`client ${client} exists`)
        WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(options.rootKey, 'hex')
        useSandbox(options.url)
        const keyring = options.folder ? await openFolder(options.folder) : new Keyring(options.auth)
        const made = new Client(client, options, keyring, write)
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
    send({ client, to, text, quoted }) {
        return find(client).send(to, { text }, quoted === undefined ? {} : { quoted: { $message: quoted } })
    },
    sendMessage: ({ client, to, content, options }) => find(client).send(to, content, options),
    relay: ({ client, to, content }) => find(client).relay(to, content),
    call: async ({ client, method, args }) => ({ value: await find(client).call(method, args) }),
    download: ({ client, message, file }) => find(client).download(message, file),
    async read({ client, message }) {
        const reader = find(client)
        await reader.socket.readMessages([reader.known(message).key])
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
