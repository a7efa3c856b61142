// What the CRM knows, as an append-only file of JSON lines: read once at start, synced before anything is acknowledged.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

export class Journal {
  /** `apply(entry)` is called for every entry, those of earlier runs first. */
  constructor(path, apply) {
    this.apply = apply;
    const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = text.lastIndexOf(10) + 1; // a line that was cut off by a crash was never acknowledged
    for (const line of text.subarray(0, whole).toString("utf8").split("\n")) if (line) apply(JSON.parse(line));
    this.file = openSync(path, "a", 0o600);
    if (whole < text.length) ftruncateSync(this.file, whole);
  }

  append(entry) {
    writeSync(this.file, JSON.stringify(entry) + "\n");
    fsyncSync(this.file);
    this.apply(entry);
  }

  close() {
    closeSync(this.file);
  }
}
