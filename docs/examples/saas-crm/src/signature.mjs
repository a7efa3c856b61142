// Whether a webhook request comes from the gateway. Two header forms are accepted, and the signature may be over the
// exact bytes or over the body as JSON.stringify(JSON.parse(body)) writes it, because frameworks that parse bodies
// often keep nothing else.
import { createHmac, timingSafeEqual } from "node:crypto";

const FORMS = [
  { header: "x-webhook-hmac", algorithm: "sha512" },
  { header: "x-webhook-hmac-signature", algorithm: "sha256" },
];

function matches(algorithm, key, body, received) {
  const expected = Buffer.from(createHmac(algorithm, key).update(body).digest("hex"));
  const given = Buffer.from(received.trim().toLowerCase().replace(/^sha\d+=/, ""));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function reserialised(body) {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(body.toString("utf8"))));
  } catch {
    return undefined;
  }
}

/** `body` is a Buffer, `headers` as node:http has them. Every signature that is there must be right, and one must be. */
export function isSigned(key, body, headers) {
  const present = FORMS.filter(({ header }) => typeof headers[header] === "string");
  const again = reserialised(body);
  return (
    present.length > 0 &&
    present.every(
      ({ header, algorithm }) =>
        matches(algorithm, key, body, headers[header]) || (again !== undefined && matches(algorithm, key, again, headers[header])),
    )
  );
}
