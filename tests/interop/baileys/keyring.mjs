// Keys and credentials of one client.
import { BufferJSON, initAuthCreds, useMultiFileAuthState } from 'baileys'

/** In memory, in the shape Baileys wants them. */
export class Keyring {
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
export async function openFolder(folder) {
    const { state, saveCreds } = await useMultiFileAuthState(folder)
    return { creds: state.creds, state, saved: saveCreds }
}
