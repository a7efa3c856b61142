"use strict";
// Shows /openapi.json as a page and sends requests from it. Text from the document becomes text nodes only.

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEPTH = 5;
const base = new URL(".", location.href);
let root;

/** make("td", {class: "x"}, child, "text") */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

function resolve(value) {
  for (let steps = 0; value && value.$ref && steps < 10; ++steps) {
    const path = value.$ref.slice(2).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    value = path.reduce((at, part) => at?.[part], root);
  }
  return value ?? {};
}

const typeOf = (schema) => [].concat(schema.type ?? (schema.properties ? "object" : [])).filter((type) => type !== "null")[0];

/** What a value of the schema may look like. */
function sample(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return sample(parts[0], depth);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part, depth)));
  switch (typeOf(schema)) {
    case "object":
      if (depth >= DEPTH) return {};
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, sample(part, depth + 1)]));
    case "array": return depth >= DEPTH ? [] : [sample(schema.items ?? {}, depth + 1)];
    case "integer": case "number": return schema.minimum ?? 0;
    case "boolean": return false;
    case "string": return "";
    default: return null;
  }
}

/** A schema as indented lines: name, type, what it means. */
function outline(schema, depth = 0, seen = []) {
  const reference = schema?.$ref;
  if (reference && seen.includes(reference)) return "(as above)";
  if (reference) seen = [...seen, reference];
  schema = resolve(schema);
  const pad = "  ".repeat(depth + 1);
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts) {
    if (parts.length === 1) return outline(parts[0], depth, seen);
    const title = schema.allOf ? "all of" : "one of";
    return `${title}${parts.map((part) => `\n${pad}- ${outline(part, depth + 1, seen)}`).join("")}`;
  }
  const nullable = [].concat(schema.type ?? []).includes("null") ? " or null" : "";
  switch (typeOf(schema)) {
    case "object": {
      if (depth >= DEPTH) return `object${nullable}`;
      const required = new Set(schema.required ?? []);
      const lines = Object.entries(schema.properties ?? {}).map(([name, part]) => {
        const about = resolve(part).description ?? part.description;
        return `\n${pad}${name}${required.has(name) ? "*" : ""}: ${outline(part, depth + 1, seen)}${about ? `  // ${about.replaceAll("\n", " ").trim()}` : ""}`;
      });
      return `object${nullable}${lines.join("")}`;
    }
    case "array": return `array${nullable} of ${outline(schema.items ?? {}, depth, seen)}`;
    default: {
      const type = (typeOf(schema) ?? "any") + nullable;
      return schema.enum ? `${type}: ${schema.enum.map((value) => JSON.stringify(value)).join(" | ")}` : type;
    }
  }
}

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function contentOf(holder) {
  const [type, media] = Object.entries(holder.content ?? {})[0] ?? [];
  return type ? { type, media } : undefined;
}

function examplesOf(media) {
  if (media.example !== undefined) return [["example", media.example]];
  const named = Object.entries(media.examples ?? {}).map(([name, example]) => [name, resolve(example).value]);
  return named.length ? named : [["example", sample(media.schema ?? {})]];
}

// ---------------------------------------------------------------------------- one operation

function parameterRow(parameter, inputs) {
  parameter = resolve(parameter);
  const schema = resolve(parameter.schema ?? {});
  const given = parameter.example ?? schema.example ?? (parameter.in === "path" && parameter.name === "session" ? "default" : undefined);
  const input = make("input", { value: given ?? "", placeholder: schema.default ?? "", "aria-label": parameter.name });
  inputs.push({ parameter, input });
  return make("tr", {}, make("td", {}, make("code", {}, parameter.name), parameter.required ? "*" : ""), make("td", {}, parameter.in),
    make("td", {}, outline(parameter.schema ?? {})), make("td", { class: "about" }, parameter.description ?? ""), make("td", {}, input));
}

function responseBlock([status, response]) {
  response = resolve(response);
  const content = contentOf(response);
  const block = make("details", {}, make("summary", {}, make("b", {}, status), ` ${response.description ?? ""}`, content ? ` (${content.type})` : ""));
  if (content?.media.schema) {
    block.append(make("pre", {}, outline(content.media.schema)));
    for (const [name, value] of examplesOf(content.media)) block.append(make("h3", {}, name), make("pre", {}, pretty(value)));
  }
  return block;
}

/** The request as fetch() and curl want it. */
function compose(method, path, inputs, body) {
  const headers = {};
  const query = new URLSearchParams();
  let target = path;
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value === "") continue;
    else if (parameter.in === "query") for (const value of resolve(parameter.schema ?? {}).type === "array" ? input.value.split(",") : [input.value]) query.append(parameter.name, value);
    else if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  const key = document.getElementById("key").value;
  if (key) headers["X-Api-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  const url = new URL(target.slice(1) + (query.size ? `?${query}` : ""), base);
  return { url, method: method.toUpperCase(), headers, body };
}

function curl({ url, method, headers, body }) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const shown = Object.entries(headers).map(([name, value]) => ` \\\n  -H ${name === "X-Api-Key" ? '"X-Api-Key: $KEY"' : quote(`${name}: ${value}`)}`);
  return `curl -X ${method} ${quote(url.href)}${shown.join("")}${body ? ` \\\n  -d ${quote(body)}` : ""}`;
}

async function send(request, target) {
  target.replaceChildren(make("p", {}, "…"));
  const begin = performance.now();
  try {
    const answer = await fetch(request.url, { method: request.method, headers: request.headers, body: request.body || undefined });
    const type = answer.headers.get("content-type") ?? "";
    let shown;
    if (type.startsWith("image/")) shown = make("img", { src: URL.createObjectURL(await answer.blob()), alt: "the answer" });
    else {
      const text = await answer.text();
      let formatted = text;
      try { formatted = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
      shown = make("pre", {}, formatted.length > 200_000 ? `${formatted.slice(0, 200_000)}\n…` : formatted);
    }
    const took = Math.round(performance.now() - begin);
    target.replaceChildren(make("h3", { class: answer.ok ? undefined : "problem" }, `${answer.status} ${answer.statusText} · ${type || "no body"} · ${took} ms`), shown);
  } catch (error) {
    target.replaceChildren(make("p", { class: "problem" }, `No answer: ${error.message}`));
  }
}

/** Made when it is first opened: a whole document at once would be slow. */
function operationBody(method, path, operation, shared) {
  const inputs = [];
  const out = make("div", {});
  if (operation.description) out.append(make("p", {}, operation.description));
  const parameters = [...shared, ...(operation.parameters ?? [])];
  if (parameters.length) out.append(make("h3", {}, "Parameters"), make("table", {}, ...parameters.map((parameter) => parameterRow(parameter, inputs))));
  const requestBody = operation.requestBody && contentOf(resolve(operation.requestBody));
  let editor;
  if (requestBody) {
    const examples = examplesOf(requestBody.media);
    editor = make("textarea", { "aria-label": "Body", spellcheck: "false" });
    editor.value = pretty(examples[0][1]);
    out.append(make("h3", {}, "Body"));
    if (examples.length > 1) {
      const choose = make("select", { "aria-label": "Example", change: () => { editor.value = pretty(examples[choose.selectedIndex][1]); } },
        ...examples.map(([name]) => make("option", {}, name)));
      out.append(choose);
    }
    out.append(editor, make("details", {}, make("summary", {}, "Fields"), make("pre", {}, outline(requestBody.media.schema ?? {}))));
  }
  const answer = make("div", { class: "answer" });
  const command = make("pre", { hidden: true });
  const run = () => {
    const request = compose(method, path, inputs, editor?.value ?? "");
    command.textContent = curl(request);
    command.hidden = false;
    send(request, answer);
  };
  out.append(make("p", {}, make("button", { type: "button", click: run }, "Send")), command, answer);
  out.append(make("h3", {}, "Answers"), ...Object.entries(operation.responses ?? {}).map(responseBlock));
  return out;
}

function operationBlock(method, path, operation, shared) {
  const block = make("details", {
    class: `operation${operation.deprecated ? " deprecated" : ""}`, "data-search": `${method} ${path} ${operation.summary ?? ""} ${(operation.tags ?? []).join(" ")}`.toLowerCase(),
    toggle: () => { if (block.open && block.children.length === 1) block.append(operationBody(method, path, operation, shared)); },
  }, make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), make("span", { class: "path" }, path), make("span", { class: "about" }, operation.summary ?? "")));
  return block;
}

function eventBlock(name, item) {
  const operation = item.post ?? {};
  const content = contentOf(resolve(operation.requestBody ?? {}));
  const block = make("details", { class: "operation", "data-search": `webhook event ${name} ${operation.summary ?? ""}`.toLowerCase(), toggle: () => {
    if (!block.open || block.children.length > 1 || !content) return;
    block.append(make("div", {}, make("pre", {}, outline(content.media.schema ?? {}))));
  } }, make("summary", {}, make("span", { class: "method" }, "EVENT"), make("span", { class: "path" }, name), make("span", { class: "about" }, operation.summary ?? "")));
  return block;
}

// ---------------------------------------------------------------------------- the page

function show(main) {
  const byTag = new Map((root.tags ?? []).map((tag) => [tag.name, { about: tag.description, blocks: [] }]));
  let count = 0;
  for (const [path, item] of Object.entries(root.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? "Other";
      if (!byTag.has(tag)) byTag.set(tag, { about: "", blocks: [] });
      byTag.get(tag).blocks.push(operationBlock(method, path, operation, item.parameters ?? []));
      ++count;
    }
  }
  const events = Object.entries(root.webhooks ?? {}).map(([name, item]) => eventBlock(name, item));
  if (events.length) byTag.set("Webhook events", { about: "What webhooks, WebSockets and streams bring", blocks: events });
  const sections = [...byTag].filter(([, { blocks }]) => blocks.length)
    .map(([tag, { about, blocks }]) => make("section", {}, make("h2", {}, tag, " ", make("small", {}, about ?? "")), ...blocks));
  main.replaceChildren(make("p", { class: "about" }, root.info.description ?? ""), make("p", { id: "count" }, `${count} operations`), ...sections);
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("section")) {
    let visible = 0;
    for (const block of section.querySelectorAll("details.operation")) {
      block.hidden = !words.every((word) => block.dataset.search.includes(word));
      visible += !block.hidden;
    }
    section.hidden = visible === 0;
  }
}

async function checkKey(key, state) {
  if (!key) { state.textContent = ""; return; }
  const answer = await fetch(new URL("api/server/version", base), { headers: { "X-Api-Key": key } }).catch(() => undefined);
  state.textContent = answer?.ok ? "accepted" : "not accepted";
}

async function begin() {
  const main = document.getElementById("operations");
  const key = document.getElementById("key");
  const state = document.getElementById("access-state");
  key.value = sessionStorage.getItem("key") ?? ""; // gone with the tab
  key.addEventListener("change", () => { sessionStorage.setItem("key", key.value); checkKey(key.value, state); });
  document.getElementById("access").addEventListener("submit", (event) => { event.preventDefault(); key.blur(); });
  document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
  try {
    const answer = await fetch(new URL("openapi.json", base));
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    root = await answer.json();
    document.getElementById("title").textContent = `${root.info.title} ${root.info.version}`;
    show(main);
  } catch (error) {
    main.replaceChildren(make("p", { class: "problem" }, `The document could not be read: ${error.message}`));
  }
  main.removeAttribute("aria-busy");
  checkKey(key.value, state);
}

begin();
