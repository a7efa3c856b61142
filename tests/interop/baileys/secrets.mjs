// Votes in polls and answers to events: Baileys has the functions and leaves their use to the application.
import { decryptEventResponse, decryptPollVote, getAggregateVotesInPollMessage, jidNormalizedUser, proto } from 'baileys'

/** A user is named by number or by LID, and who sealed does not tell which of them went into the key. */
const forms = (...jids) => [...new Set(jids.filter(Boolean).map(jidNormalizedUser))]

const authors = (key, me) => (key.fromMe ? forms(me.lid, me.id) : forms(key.participant, key.participantAlt, key.remoteJid, key.remoteJidAlt))

function open(creators, actors, attempt) {
    for (const creator of creators) {
        for (const actor of actors) {
            try {
                return attempt(creator, actor)
            } catch {
                // another pair of names
            }
        }
    }
    return undefined
}

/** The options that were voted for, or undefined when the vote does not open. */
export function readVote(poll, message, me) {
    const update = message.message.pollUpdateMessage
    const secret = poll.message.messageContextInfo?.messageSecret
    if (!secret) return undefined
    const vote = open(authors(poll.key, me), authors(message.key, me), (pollCreatorJid, voterJid) =>
        decryptPollVote(update.vote, { pollEncKey: secret, pollCreatorJid, pollMsgId: poll.key.id, voterJid }))
    if (!vote) return undefined
    const tallied = getAggregateVotesInPollMessage({ message: poll.message, pollUpdates: [{ pollUpdateMessageKey: message.key, vote }] }, me.id)
    return tallied.filter(option => option.voters.length > 0).map(option => option.name)
}

/** What was answered to an event (GOING …), or undefined when it does not open. */
export function readAnswer(event, message, me) {
    const sealed = message.message.encEventResponseMessage
    const secret = event.message.messageContextInfo?.messageSecret
    if (!secret) return undefined
    const answer = open(authors(event.key, me), authors(message.key, me), (eventCreatorJid, responderJid) =>
        decryptEventResponse(sealed, { eventEncKey: secret, eventCreatorJid, eventMsgId: event.key.id, responderJid }))
    if (!answer) return undefined
    return proto.Message.EventResponseMessage.toObject(answer, { enums: String, longs: String })
}
