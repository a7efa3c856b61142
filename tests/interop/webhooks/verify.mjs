// Judges recorded webhook requests as receivers do: with the published Standard Webhooks library, and as WAHA's
// documentation tells its users (hexadecimal HMAC-SHA512 of the raw body). A line of JSON per request comes in:
// {"headers": {…}, "body": "…", "secrets": ["whsec_…"], "hmacKey": "…"}; a line of verdicts goes out.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";

import { Webhook } from "standardwebhooks";

function standard(secret, body, headers) {
  try {
    return new Webhook(secret).verify(body, headers) === undefined ? "no body" : "ok";
  } catch (error) {
    return error.message;
  }
}

function documented(key, body, headers) {
  const received = Buffer.from(headers["x-webhook-hmac"] ?? "", "utf8");
  const expected = Buffer.from(createHmac("sha512", key).update(body).digest("hex"), "utf8");
  if (headers["x-webhook-hmac-algorithm"] !== "sha512") return "wrong algorithm";
  return received.length === expected.length && timingSafeEqual(received, expected) ? "ok" : "wrong signature";
}

for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body, secrets, hmacKey } = JSON.parse(line);
  const verdict = { standard: secrets.map((secret) => standard(secret, body, headers)) };
  if (hmacKey) verdict.documented = documented(hmacKey, body, headers);
  process.stdout.write(JSON.stringify(verdict) + "\n");
}
