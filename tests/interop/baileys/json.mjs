// What does not fit into JSON, both ways (see ../README.md, "Values").
import { proto } from 'baileys'

const largestEvent = 128 * 1024 // characters; larger ones are told with their sizes only

const shown = { longs: String, enums: String, bytes: String }

/** A message's content as protobuf's JSON. */
export const contentJson = content => proto.Message.toObject(content, shown)

/** Replaces {"$bytes"}, {"$date"}, {"$message"} and {"$key"} by what they stand for. `find` knows messages by id. */
export function revive(value, find) {
    if (Array.isArray(value)) return value.map(item => revive(item, find))
    if (typeof value !== 'object' || value === null) return value
    if ('$bytes' in value) return Buffer.from(value.$bytes, 'base64')
    if ('$date' in value) return new Date(value.$date)
    if ('$message' in value) return find(value.$message)
    if ('$key' in value) return find(value.$key).key
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, find)]))
}

/** For JSON.stringify: bytes as base64, big numbers as text, errors as their message. */
export function replacer(key, value) {
    const original = this[key] // a Buffer has been made an object by its toJSON at this point
    if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
    if (original instanceof Error) return { error: original.message }
    if (original instanceof Map) return Object.fromEntries(original)
    if (original instanceof Set) return [...original]
    if (typeof original === 'bigint') return original.toString()
    if (typeof original === 'object' && original !== null && typeof original.toBigInt === 'function') return original.toString()
    return value
}

const size = value => (Array.isArray(value) ? value.length : typeof value === 'object' && value !== null ? Object.keys(value).length : value)

/** The data itself, or what is in it by number when it is large. */
export function bounded(data) {
    const text = JSON.stringify(data, replacer) ?? 'null'
    if (text.length <= largestEvent) return { data: JSON.parse(text) }
    return { size: text.length, counts: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, size(value)])) }
}
