"""Looks at the cluster's Ray from its head, every few seconds, cheaply: one JSON line each, read by src/main/ray/probe.ts.

  python - DASHBOARD_PORT TOKEN_FILE SECONDS

A line is {"why": null or words, "nodes": [{"name", "ip", "alive", "message"}], "use": {...} or null}. Python's standard library alone.
It ends when nobody reads it any more.
"""

import json
import sys
import time
import urllib.request

PORT, TOKEN_FILE, SECONDS = sys.argv[1], sys.argv[2], float(sys.argv[3])
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(path, seconds):
    with open(TOKEN_FILE) as file:
        token = file.read().strip()
    request = urllib.request.Request("http://127.0.0.1:" + PORT + path, headers={"Authorization": "Bearer " + token})
    with OPENER.open(request, timeout=seconds) as answer:
        return answer.read()


def newest(rows):
    """Of nodes that were started again, the last one by each name."""
    by_name = {}
    for row in sorted(rows, key=lambda row: row.get("start_time_ms") or 0):
        by_name[row["node_name"]] = {
            "name": row["node_name"],
            "ip": row["node_ip"],
            "alive": row["state"] == "ALIVE",
            "message": row.get("state_message") or "",
        }
    return list(by_name.values())


def use():
    """What jobs and actors hold, as Ray's own monitor last saw it; None where it does not say."""
    try:
        report = json.loads(get("/api/cluster_status", 3))["data"]["clusterStatus"]["loadMetricsReport"]["usage"]
        cpus, gpus = report.get("CPU", [0, 0]), report.get("GPU", [0, 0])
        return {"cpus": cpus[1], "cpusUsed": cpus[0], "gpus": gpus[1], "gpusUsed": gpus[0]}
    except Exception:
        return None


def look():
    # The state API waits for ever for a head that hangs; this answers at once.
    get("/api/gcs_healthz", 3)
    answer = json.loads(get("/api/v0/nodes?limit=10000&detail=1", 5))
    if not answer["result"]:
        raise OSError(answer.get("msg") or "it gives no list of nodes")
    return {"why": None, "nodes": newest(answer["data"]["result"]["result"]), "use": use()}


while True:
    try:
        line = look()
    except Exception as error:
        line = {"why": str(error) or type(error).__name__, "nodes": [], "use": None}
    try:
        print(json.dumps(line), flush=True)
    except OSError:
        sys.exit(0)
    time.sleep(SECONDS)
