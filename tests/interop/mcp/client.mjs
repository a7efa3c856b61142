// The public client of the Model Context Protocol, driven from outside: a line of JSON in, a line of JSON out.
// Arguments: the address of /mcp, and the key.
import readline from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, key] = process.argv.slice(2);
const client = new Client({ name: "wagate-test", version: "1.0.0" });

const actions = {
  async connect() {
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { "X-Api-Key": key } } }));
    return { server: client.getServerVersion(), capabilities: client.getServerCapabilities() };
  },
  async tools() {
    return (await client.listTools()).tools;
  },
  async call({ name, arguments: given }) {
    return client.callTool({ name, arguments: given });
  },
  async ping() {
    return client.ping();
  },
  async close() {
    await client.close();
    return {};
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { action, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { result: await actions[action](rest) };
  } catch (error) {
    answer = { error: String(error.message ?? error), code: error.code ?? null };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0);
