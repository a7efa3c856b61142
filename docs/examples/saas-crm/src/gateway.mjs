// The part of the gateway's API that the CRM needs. The key stays on this side; no browser ever sees it.

export class GatewayError extends Error {
  constructor(status, body) {
    super(`the gateway answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }

  /** Whether the same request may succeed later. A network error has no status. */
  get isTemporary() {
    return this.status === undefined || this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

export class Gateway {
  constructor(base, key) {
    this.base = base.replace(/\/$/, "");
    this.key = key;
  }

  async request(method, path, { body, headers = {}, seconds = 30 } = {}) {
    let answer;
    try {
      answer = await fetch(this.base + path, {
        method,
        headers: { "X-Api-Key": this.key, ...(body && { "Content-Type": "application/json" }), ...headers },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(seconds * 1000),
      });
      if (answer.ok) return answer.headers.get("content-type")?.startsWith("image/") ? Buffer.from(await answer.arrayBuffer()) : await answer.json();
    } catch (error) {
      throw new GatewayError(undefined, String(error.cause ?? error));
    }
    throw new GatewayError(answer.status, await answer.json().catch(() => null));
  }

  health() {
    return this.request("GET", "/health", { seconds: 5 });
  }

  sessions() {
    return this.request("GET", "/api/sessions?all=true");
  }

  /** Creates and starts a session, or gives an existing one this configuration. */
  async ensureSession(name, config) {
    try {
      return await this.request("POST", "/api/sessions", { body: { name, start: true, config } });
    } catch (error) {
      if (error.status !== 422 && error.status !== 409) throw error;
    }
    await this.request("PUT", `/api/sessions/${name}`, { body: { name, config } });
    return this.request("POST", `/api/sessions/${name}/start`, { body: {} });
  }

  restart(name) {
    return this.request("POST", `/api/sessions/${name}/restart`, { body: {} });
  }

  qr(name) {
    return this.request("GET", `/api/${name}/auth/qr`, { headers: { Accept: "image/png" } });
  }

  /** Asking again with the same `requestId` does not send again, so any failure may be retried. */
  sendText(session, chatId, text, requestId, replyTo) {
    return this.request("POST", "/api/sendText", {
      body: { session, chatId, text, ...(replyTo && { reply_to: replyTo }) },
      headers: { "Idempotency-Key": requestId },
    });
  }
}
