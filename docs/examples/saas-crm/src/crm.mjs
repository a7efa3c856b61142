// Tenants, their contacts and conversations. Everything that changes them is an entry of the journal.
import { Journal } from "./journal.mjs";

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export const isSlug = (text) => typeof text === "string" && SLUG.test(text);
export const sessionOf = (slug) => `tenant-${slug}`;

export class Crm {
  constructor(path) {
    this.tenants = new Map();
    this.outbox = new Map(); // sends that the gateway has not accepted yet
    this.journal = new Journal(path, (entry) => this.#apply(entry));
  }

  #apply(entry) {
    const tenant = this.tenants.get(entry.org);
    switch (entry.kind) {
      case "tenant":
        this.tenants.set(entry.org, {
          slug: entry.org, name: entry.name, greeting: entry.greeting, status: "STARTING", contacts: new Map(), events: new Set(), messages: [], acks: new Map(), requests: new Set(),
        });
        break;
      case "message":
        tenant.events.add(entry.event);
        if (!tenant.contacts.has(entry.chat)) tenant.contacts.set(entry.chat, { chatId: entry.chat, name: entry.name, since: entry.at });
        tenant.messages.push({ id: entry.id, chatId: entry.chat, text: entry.text, at: entry.at, fromMe: false });
        if (entry.reply) this.#wait(tenant, entry.reply);
        break;
      case "queued":
        this.#wait(tenant, entry.send);
        break;
      case "sent":
        this.outbox.delete(`${entry.org}/${entry.requestId}`);
        tenant.messages.push({ id: entry.id, chatId: entry.chat, text: entry.text, at: entry.at, fromMe: true });
        break;
      case "refused":
        this.outbox.delete(`${entry.org}/${entry.requestId}`);
        break;
      case "status":
        tenant.events.add(entry.event);
        tenant.status = entry.status;
        break;
      case "ack":
        tenant.events.add(entry.event);
        tenant.acks.set(entry.id, Math.max(entry.ack, tenant.acks.get(entry.id) ?? entry.ack));
        break;
    }
  }

  #wait(tenant, send) {
    tenant.requests.add(send.requestId);
    this.outbox.set(`${tenant.slug}/${send.requestId}`, { org: tenant.slug, ...send });
  }

  addTenant(slug, name, greeting) {
    if (!this.tenants.has(slug)) this.journal.append({ kind: "tenant", org: slug, name, greeting });
  }

  /** An event of the gateway. One that was seen before changes nothing: webhooks are delivered at least once. */
  receive(slug, event) {
    const tenant = this.tenants.get(slug);
    if (tenant.events.has(event.id)) return;
    const { payload } = event;
    if (event.event === "message") this.#receiveMessage(tenant, event);
    if (event.event === "message.ack") this.journal.append({ kind: "ack", org: slug, event: event.id, id: payload.id, ack: payload.ack });
    if (event.event === "session.status") this.journal.append({ kind: "status", org: slug, event: event.id, status: payload.status });
  }

  #receiveMessage(tenant, event) {
    const { payload } = event;
    if (payload.fromMe || payload.participant) return; // own ones, and groups
    const isNew = !tenant.contacts.has(payload.from);
    const name = payload._data?.notifyName || payload._data?.Info?.PushName || payload.from.split("@")[0];
    // The message and the answer it is owed are one entry: after a crash there are both or none.
    const reply = isNew && tenant.greeting
      ? { requestId: `greeting-${event.id}`, chatId: payload.from, text: tenant.greeting.replaceAll("{name}", name), replyTo: payload.id }
      : undefined;
    this.journal.append({
      kind: "message", org: tenant.slug, event: event.id, id: payload.id, chat: payload.from, name, text: payload.body ?? "", at: payload.timestamp, reply,
    });
  }

  /** Takes a text to send; the same request id again is the same send. */
  queue(slug, send) {
    const tenant = this.tenants.get(slug);
    if (!tenant.requests.has(send.requestId)) this.journal.append({ kind: "queued", org: tenant.slug, send });
  }

  settle(send, id) {
    this.journal.append({ kind: "sent", org: send.org, requestId: send.requestId, chat: send.chatId, id, text: send.text, at: Math.floor(Date.now() / 1000) });
  }

  refuse(send, why) {
    this.journal.append({ kind: "refused", org: send.org, requestId: send.requestId, why });
  }

  close() {
    this.journal.close();
  }
}
