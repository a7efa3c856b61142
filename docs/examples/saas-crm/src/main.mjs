import { Crm } from "./crm.mjs";
import { Gateway } from "./gateway.mjs";
import { Keeper } from "./keeper.mjs";
import { Server } from "./server.mjs";

function setting(name, fallback) {
  const value = process.env[name] ?? fallback;
  if (value === undefined) {
    console.error(`${name} must be set`);
    process.exit(2);
  }
  return value;
}

const log = (text) => console.error(text);
const hmacKey = setting("CRM_HMAC_KEY");
const crm = new Crm(setting("CRM_JOURNAL", "crm.jsonl"));
const gateway = new Gateway(setting("WAHA_URL", "http://127.0.0.1:3000"), setting("WAHA_API_KEY"));
let publicUrl = process.env.CRM_PUBLIC_URL;

// The metadata comes back in every event, so that a webhook is never booked to the wrong customer.
const sessionConfig = (slug) => ({
  metadata: { org: slug },
  webhooks: [
    {
      url: `${publicUrl}/webhook?org=${encodeURIComponent(slug)}`,
      events: ["message", "message.ack", "session.status"],
      hmac: { key: hmacKey },
    },
  ],
});

const keeper = new Keeper(crm, gateway, sessionConfig, Number(setting("CRM_POLL_MS", "10000")), log);
const server = new Server({ crm, gateway, keeper, hmacKey, sessionConfig, log });
server.http.listen(Number(setting("CRM_PORT", "3002")), "127.0.0.1", () => {
  const address = `http://127.0.0.1:${server.http.address().port}`;
  publicUrl ??= address;
  keeper.start();
  console.log(JSON.stringify({ event: "listening", http: address }));
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    keeper.stop();
    server.http.close(() => process.exit(0));
    server.http.closeAllConnections();
  });
}
