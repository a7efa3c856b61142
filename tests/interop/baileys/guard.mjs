// Refuses every connection and name lookup that leaves this machine. Load it before anything that dials.
import dns from 'node:dns'
import net from 'node:net'

const isLoopback = host => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

function refuse(host) {
    const error = new Error(`guard: ${host} is not on this machine`)
    error.code = 'EGUARD'
    return error
}

const lookup = dns.lookup
dns.lookup = function (host, ...rest) {
    if (isLoopback(host)) return lookup.call(this, host, ...rest)
    const done = rest.at(-1)
    process.nextTick(() => done(refuse(host)))
}
dns.promises.lookup = async host => {
    if (!isLoopback(host)) throw refuse(host)
    return { address: host === 'localhost' ? '127.0.0.1' : host, family: host === '::1' ? 6 : 4 }
}

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
    // Callers pass (options), (port, host) or an array that net has already normalised.
    const first = Array.isArray(args[0]) ? args[0][0] : args[0]
    const options = first !== null && typeof first === 'object' ? first : { port: first, host: args[1] }
    const host = typeof options.host === 'string' ? options.host : 'localhost'
    if (options.path === undefined && !isLoopback(host)) {
        process.nextTick(() => this.destroy(refuse(host)))
        return this
    }
    return connect.apply(this, args)
}
