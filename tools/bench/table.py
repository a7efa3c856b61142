"""What all benchmarks share: the machine they ran on, rows with gates, the table and its JSON."""

import json
import os
import pathlib
import platform
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def note(text: str):
    print(text, file=sys.stderr, flush=True)


def machine() -> dict:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": round(memory / 1024**3, 1), "kernel": platform.release(),
            "load_at_start": os.getloadavg()[0]}


def row(metric: str, value: float, unit: str, gate: float | None = None) -> dict:
    return {"metric": metric, "value": round(value, 2), "unit": unit, "gate": gate, "ok": gate is None or value <= gate}


def report(name: str, host: dict, rows: list[dict], notes: list[str]) -> int:
    """Prints the table, writes build/bench/NAME.json and returns the exit code."""
    width = max(len(entry["metric"]) for entry in rows)
    print(f"\n{'metric':{width}}  {'value':>10}  {'unit':11}  {'gate':>6}")
    for entry in rows:
        gate = "" if entry["gate"] is None else f"{entry['gate']:g}"
        print(f"{entry['metric']:{width}}  {entry['value']:>10.2f}  {entry['unit']:11}  {gate:>6}  {'' if entry['ok'] else 'MISSED'}")
    for text in notes:
        print(text)
    target = ROOT / "build" / "bench" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"name": name, "machine": host, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"written: {target.relative_to(ROOT)}")
    return 0 if all(entry["ok"] for entry in rows) else 1
