// The two pages people see. No scripts from elsewhere, and everything that came from outside is escaped.

const escape = (text) => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const frame = (title, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>body{font:16px system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}img{image-rendering:pixelated;width:18rem}</style>
</head><body><h1>${escape(title)}</h1>${body}</body></html>`;

export const overviewPage = (crm, health) =>
  frame("CRM", `<p>Gateway: <b id="health">${escape(health.status)}</b></p><table><tr><th>Customer<th>WhatsApp<th>Contacts</tr>${[...crm.tenants.values()]
    .map((tenant) => `<tr><td><a href="/t/${tenant.slug}">${escape(tenant.name)}</a><td>${escape(tenant.status)}<td>${tenant.contacts.size}</tr>`)
    .join("")}</table>`);

const linking = (tenant) => `<p>Open WhatsApp on your phone, choose <i>Linked devices</i>, and scan:</p>
<img id="qr" alt="QR code" src="/t/${tenant.slug}/qr.png"><p id="qr-state"></p>
<script src="/qr.js" data-slug="${tenant.slug}"></script>`;

const contacts = (tenant) => `<table id="contacts"><tr><th>Name<th>Chat<th>Messages</tr>${[...tenant.contacts.values()]
  .map((contact) => `<tr><td>${escape(contact.name)}<td>${escape(contact.chatId)}<td>${tenant.messages.filter((message) => message.chatId === contact.chatId).length}</tr>`)
  .join("")}</table>`;

export const tenantPage = (tenant) =>
  frame(tenant.name, `<p>WhatsApp: <b id="status">${escape(tenant.status)}</b></p>${tenant.status === "WORKING" ? contacts(tenant) : linking(tenant)}`);

// A QR code is good for 20 seconds, so the picture is fetched anew until somebody has scanned one.
export const QR_SCRIPT = `"use strict";
const slug = document.currentScript.dataset.slug;
const image = document.getElementById("qr");
const state = document.getElementById("qr-state");
image.addEventListener("load", () => { state.textContent = "ready to scan"; });
image.addEventListener("error", () => { state.textContent = "no code yet"; });
if (image.complete && image.naturalWidth > 0) state.textContent = "ready to scan";
setInterval(async () => {
  const answer = await fetch("/t/" + slug + "/state");
  const { status } = await answer.json();
  document.getElementById("status").textContent = status;
  if (status === "WORKING") location.reload();
  else image.src = "/t/" + slug + "/qr.png?" + Date.now();
}, 3000);
`;
