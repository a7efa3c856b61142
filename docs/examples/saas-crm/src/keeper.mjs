// What goes on beside requests: sends that wait are sent, and sessions that failed are started again.
import { sessionOf } from "./crm.mjs";

const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

export class Keeper {
  constructor(crm, gateway, sessionConfig, pollMs, log) {
    Object.assign(this, { crm, gateway, sessionConfig, pollMs, log });
    this.health = { status: "unknown" };
    this.pauses = new Map(); // slug → when a failed session may be restarted again
    this.timer = undefined;
    this.sending = undefined;
  }

  start() {
    const round = async () => {
      await this.poll();
      await this.flush();
      if (this.timer !== null) this.timer = setTimeout(round, this.pollMs);
    };
    this.timer = setTimeout(round, 0);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  async poll() {
    try {
      this.health = await this.gateway.health();
      const sessions = new Map((await this.gateway.sessions()).map((session) => [session.name, session]));
      for (const tenant of this.crm.tenants.values()) await this.#look(tenant, sessions.get(sessionOf(tenant.slug)));
    } catch (error) {
      this.health = { status: "unreachable", error: error.message };
      this.log(`health: ${error.message}`);
    }
  }

  async #look(tenant, session) {
    const { slug } = tenant;
    if (session) tenant.status = session.status;
    if (session && session.status !== "FAILED" && session.status !== "STOPPED") {
      if (session.status === "WORKING") this.pauses.delete(slug);
      return;
    }
    const pause = this.pauses.get(slug) ?? { until: 0, next: FIRST_PAUSE };
    if (Date.now() < pause.until) return;
    this.pauses.set(slug, { until: Date.now() + pause.next, next: Math.min(2 * pause.next, LONGEST_PAUSE) });
    this.log(`${sessionOf(slug)} is ${session?.status ?? "missing"} (${session?.statusReason ?? "no reason"}), starting it again`);
    try {
      if (session?.status === "FAILED") await this.gateway.restart(session.name);
      else await this.gateway.ensureSession(sessionOf(slug), this.sessionConfig(slug));
    } catch (error) {
      this.log(`${sessionOf(slug)}: ${error.message}`);
    }
  }

  /** Sends what waits, one after the other. A temporary failure leaves the rest of that tenant for the next round. */
  flush() {
    this.sending = (this.sending ?? Promise.resolve()).then(() => this.#flush());
    return this.sending;
  }

  async #flush() {
    const blocked = new Set();
    for (const send of [...this.crm.outbox.values()]) {
      if (blocked.has(send.org)) continue;
      try {
        const message = await this.gateway.sendText(sessionOf(send.org), send.chatId, send.text, send.requestId, send.replyTo);
        this.crm.settle(send, message.id);
      } catch (error) {
        this.log(`${send.requestId}: ${error.message}`);
        // A session that is not WORKING is answered 422 with its status; the send waits until it is.
        if (error.isTemporary !== false || error.body?.status) blocked.add(send.org);
        else this.crm.refuse(send, error.message);
      }
    }
  }
}
