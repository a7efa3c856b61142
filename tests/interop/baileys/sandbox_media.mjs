// Files go to the sandbox, whatever host is named for them. Baileys' addresses are always https, and those of history and
// app state always name WhatsApp's host, so both of its ways out are turned: fetch for downloads, an agent for uploads.
import https from 'node:https'
import net from 'node:net'

let sandbox // http://127.0.0.1:PORT

export function useSandbox(webSocketUrl) {
    const { protocol, host } = new URL(webSocketUrl)
    sandbox = new URL(`${protocol === 'wss:' ? 'https' : 'http'}://${host}`)
}

const fetchAnywhere = globalThis.fetch
globalThis.fetch = (address, options) => {
    const url = new URL(address)
    if (sandbox && url.protocol === 'https:') {
        url.protocol = sandbox.protocol
        url.host = sandbox.host
    }
    return fetchAnywhere(url, options)
}

/** Speaks HTTP without TLS to the sandbox, on behalf of requests that believe to be https. */
export class UploadAgent extends https.Agent {
    createConnection() {
        return net.connect(Number(sandbox.port), sandbox.hostname)
    }
}
