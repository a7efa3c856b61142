// The CRM's own HTTP server: pages for people, JSON for its customers' scripts, and the webhook for the gateway.
import { createServer } from "node:http";

import { isSlug, sessionOf } from "./crm.mjs";
import { overviewPage, QR_SCRIPT, tenantPage } from "./pages.mjs";
import { isSigned } from "./signature.mjs";

const LONGEST_BODY = 4 << 20;

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function read(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > LONGEST_BODY) throw new Refusal(413, "too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function parse(body) {
  try {
    const value = JSON.parse(body.toString("utf8"));
    if (value !== null && typeof value === "object") return value;
  } catch {} // said below
  throw new Refusal(400, "not a JSON object");
}

const json = (status, value) => ({ status, type: "application/json", body: JSON.stringify(value) });
const html = (body) => ({ status: 200, type: "text/html; charset=utf-8", body });

export class Server {
  constructor({ crm, gateway, keeper, hmacKey, sessionConfig, log }) {
    Object.assign(this, { crm, gateway, keeper, hmacKey, sessionConfig, log });
    this.http = createServer((request, response) => this.#serve(request, response));
  }

  async #serve(request, response) {
    let answer;
    try {
      answer = await this.#answer(request, new URL(request.url, "http://crm"));
    } catch (error) {
      if (!(error instanceof Refusal)) this.log(`${request.method} ${request.url}: ${error.stack}`);
      answer = json(error.status ?? 500, { error: error instanceof Refusal ? error.message : "internal error" });
    }
    response.writeHead(answer.status, {
      "Content-Type": answer.type,
      "Content-Security-Policy": "default-src 'self'; style-src 'unsafe-inline'",
      "Cache-Control": "no-store",
    });
    response.end(answer.body);
  }

  #tenant(slug) {
    const tenant = this.crm.tenants.get(slug);
    if (!tenant) throw new Refusal(404, "no such customer");
    return tenant;
  }

  async #answer(request, url) {
    const [, top, slug, leaf] = url.pathname.split("/");
    const route = `${request.method} ${[top, slug && "*", leaf].filter((part) => part !== undefined).join("/")}`;
    switch (route) {
      case "GET ": return html(overviewPage(this.crm, this.keeper.health));
      case "GET qr.js": return { status: 200, type: "text/javascript", body: QR_SCRIPT };
      case "GET health": return json(200, { gateway: this.keeper.health, waiting: this.crm.outbox.size });
      case "POST webhook": return this.#webhook(await read(request), request.headers, url.searchParams.get("org"));
      case "POST tenants": return this.#create(parse(await read(request)));
      case "GET t/*": return html(tenantPage(this.#tenant(slug)));
      case "GET t/*/qr.png": return this.#qr(this.#tenant(slug));
      case "GET t/*/state": return this.#state(this.#tenant(slug));
      case "POST t/*/messages": return this.#send(this.#tenant(slug), parse(await read(request)));
      default: throw new Refusal(404, "nothing here");
    }
  }

  async #create({ slug, name = slug, greeting = null }) {
    if (!isSlug(slug)) throw new Refusal(400, "slug: lower-case letters, digits and dashes");
    this.crm.addTenant(slug, String(name), greeting);
    try {
      await this.gateway.ensureSession(sessionOf(slug), this.sessionConfig(slug));
    } catch (error) {
      this.log(`${sessionOf(slug)}: ${error.message}`); // the keeper tries again
    }
    return json(201, { slug, session: sessionOf(slug), page: `/t/${slug}` });
  }

  async #qr(tenant) {
    try {
      return { status: 200, type: "image/png", body: await this.gateway.qr(sessionOf(tenant.slug)) };
    } catch (error) {
      throw new Refusal(error.status === 422 ? 409 : 502, "there is no code to scan now");
    }
  }

  #state(tenant) {
    return json(200, {
      slug: tenant.slug, status: tenant.status, contacts: [...tenant.contacts.values()], messages: tenant.messages, acks: Object.fromEntries(tenant.acks),
    });
  }

  async #send(tenant, { requestId, to, text }) {
    if (![requestId, to, text].every((field) => typeof field === "string" && field)) throw new Refusal(400, "requestId, to and text are needed");
    this.crm.queue(tenant.slug, { requestId, chatId: to, text });
    this.keeper.flush();
    return json(202, { requestId });
  }

  // Answered with 200 only when the event is on disk: until then the gateway keeps it and comes again.
  #webhook(body, headers, org) {
    if (!isSigned(this.hmacKey, body, headers)) throw new Refusal(401, "not signed by the gateway");
    const tenant = this.#tenant(org);
    const event = parse(body);
    if (event.session !== sessionOf(tenant.slug) || event.metadata?.org !== tenant.slug) throw new Refusal(400, "an event of somebody else");
    this.crm.receive(tenant.slug, event);
    this.keeper.flush();
    return json(200, { ok: true });
  }
}
