"""What a run shows: a table of what was done, what it took, and zeros."""

from oracle import RULES


def quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def merged(results: list[dict]) -> dict:
    total = {"fired": {}, "restarts": [], "found": {rule: [] for rule in RULES}, "problems": [], "missed": 0, "cycles": 0,
             "lost_sectors": 0, "inbound": 0, "sends": 0, "events": 0, "deliveries": 0, "refusals": {}, "seconds": 0.0}
    for result in results:
        for kind, count in result["fired"].items():
            total["fired"][kind] = total["fired"].get(kind, 0) + count
        for rule, texts in result["found"].items():
            total["found"][rule] += texts
        for status, count in result["refusals"].items():
            total["refusals"][status] = total["refusals"].get(status, 0) + count
        for name in ("restarts", "problems"):
            total[name] += result[name]
        for name in ("missed", "cycles", "lost_sectors", "inbound", "sends", "events", "deliveries"):
            total[name] += result[name]
        total["seconds"] = max(total["seconds"], result["seconds"])
    return total


def table(title: str, total: dict) -> str:
    rows = [(title, f"{sum(total['fired'].values())} in {total['seconds']:.0f} s")]
    rows += [(f"  {kind}", str(count)) for kind, count in sorted(total["fired"].items(), key=lambda entry: entry[0].split()[::-1])]
    rows.append(("starts, of these stopped in peace", f"{total['cycles']}, {total['missed']}"))
    if total["lost_sectors"]:
        rows.append(("sectors lost", str(total["lost_sectors"])))
    rows += [
        ("start to WORKING, p50 and most", f"{quantile(total['restarts'], 0.5):.3f} s, {max(total['restarts'], default=0):.3f} s"),
        ("messages in, out", f"{total['inbound']}, {total['sends']}"),
        ("events, deliveries of them", f"{total['events']}, {total['deliveries']}"),
    ]
    rows += [(rule, str(len(total["found"][rule]))) for rule in RULES]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def complaint(total: dict, most: int = 4) -> str:
    """What is wrong, a few examples of each rule; nothing when all is well."""
    lines = [f"PROBLEM: {text}" for text in total["problems"]]
    for rule, texts in total["found"].items():
        if texts:
            lines.append(f"{rule}: {len(texts)}")
            lines += [f"    {text[:1200]}" for text in texts[:most]]
    return "\n".join(lines)
