"""Lets the ranks of a Styx job begin together, by Ray. Standard library, and Ray in `drive`. Read by src/main/jobs/ray-starter.ts.

  gang.py submit FOLDER   stdin: {"source": this text, "job": id, "url", "token_file", "plan"}. Asks Ray on this node, the head, to run `drive`
  gang.py drive FOLDER    the driver, run by Ray
  gang.py state FOLDER    prints {"is", "message", "result"} of it
  gang.py stop FOLDER     what waits never begins, what runs is ended

FOLDER, on the head: gang.py, gang.json (what `submit` was given), stop, result.json. The plan has for each rank the name of its Ray node's
own resource, how much of it and how many GPUs to take, and its job.sh with arguments, relative to HOME there. Each rank is a process of
job.sh already, and waits; the values of its secrets are in it, and nowhere near Ray.
"""
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

ANSWER_S = 20
# A rank has 10 s to end by itself, and is killed then.
END_S = 20


def main():
    verb, folder = sys.argv[1], os.path.expanduser(sys.argv[2])
    if verb == "submit":
        print(submit(folder, json.load(sys.stdin)))
    elif verb == "drive":
        sys.exit(drive(folder))
    elif verb == "state":
        print(json.dumps(state(folder)))
    elif verb == "stop":
        print(stop(folder))


# ---- asked by Styx, on the head


def submit(folder, given):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    write(folder, "gang.py", given.pop("source"))
    write(folder, "gang.json", json.dumps(given))
    if os.path.exists(f"{folder}/stop"):
        return "stopped"
    script = os.path.join(folder, "gang.py")
    body = {
        "submission_id": given["job"],
        "entrypoint": " ".join(quoted(word) for word in (sys.executable, script, "drive", folder)),
    }
    status, answer = ask(given, "POST", "/api/jobs/", body)
    # Asked twice, it is there once.
    if status >= 300 and "already exists" not in answer:
        sys.exit(f"Ray refused: {status} {answer}")
    return "submitted"


def state(folder):
    given = read(folder, "gang.json")
    if given is None:
        return {"is": "unknown", "message": "", "result": None}
    status, answer = ask(given, "GET", f"/api/jobs/{given['job']}")
    if status == 404:
        return {"is": "unknown", "message": "", "result": read(folder, "result.json")}
    if status != 200:
        sys.exit(f"Ray does not say: {status} {answer}")
    job = json.loads(answer)
    return {"is": job["status"], "message": job.get("message") or "", "result": read(folder, "result.json")}


def stop(folder):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    write(folder, "stop", "")  # one that Ray starts in spite of it ends at once
    given = read(folder, "gang.json")
    if given is None:
        return "stopped"
    status, answer = ask(given, "POST", f"/api/jobs/{given['job']}/stop")
    if status not in (200, 404):
        sys.exit(f"Ray refused: {status} {answer}")
    return "stopped"


def ask(given, method, path, body=None):
    """Answers with the status and the text. Ends the program where nobody answers."""
    request = urllib.request.Request(given["url"] + path, method=method)
    request.add_header("Content-Type", "application/json")
    if os.path.exists(given["token_file"]):
        with open(given["token_file"]) as file:
            request.add_header("Authorization", f"Bearer {file.read().strip()}")
    data = json.dumps(body).encode() if body is not None else None
    # What a proxy is for does not concern this machine's own address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, data, timeout=ANSWER_S) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        sys.exit(f"Ray does not answer: {error}")


def quoted(word):
    return "'" + word.replace("'", "'\\''") + "'"


def write(folder, name, text):
    """Whole or not at all."""
    part = f"{folder}/{name}.{os.getpid()}"
    with open(part, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(text)
    os.replace(part, f"{folder}/{name}")


def read(folder, name):
    try:
        with open(f"{folder}/{name}") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


# ---- the driver


class Rank:
    """One rank, from a process of Ray on its node. The rank is no child of it: it lives in a session of its own."""

    def __init__(self, script, ids, rank):
        self.script, self.ids, self.rank = os.path.expanduser(script), ids, str(rank)

    def holds(self):
        return "held" in self.run("holds")

    def tend(self, with_gpus):
        """Begins it; answers with its end: state and exit code. Should this process die, the rank ends: nobody would end it with the others."""
        gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "") if with_gpus else "all"
        child = subprocess.Popen(
            ["sh", self.script, "tend", *self.ids, self.rank, gpus],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for line in child.stdout:
            if line.startswith("ended "):
                return line.split()[1:3]
        return ["FAILED_DRIVER", "-"]

    def cancel(self):
        self.run("cancel")

    def run(self, verb):
        argv = ["sh", self.script, verb, *self.ids, self.rank]
        return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_S).stdout


def drive(folder):
    import ray
    from ray.util.placement_group import placement_group
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    def is_stopped():
        return os.path.exists(f"{folder}/stop")

    if is_stopped():
        return 1
    plan = read(folder, "gang.json")["plan"]
    ray.init(address="auto", log_to_driver=False, logging_level="warning")
    bundles = [
        {resource: amount for resource, amount in ((one["node"], one["share"]), ("GPU", one["gpus"])) if amount}
        for one in plan
    ]
    group = placement_group(bundles, strategy="STRICT_SPREAD")
    print(f"waiting for {len(plan)} nodes", flush=True)
    while not group.wait(2):
        if is_stopped():
            return 1

    def actor(index, one):
        where = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=index)
        asked = {"num_cpus": 0, "num_gpus": one["gpus"], "scheduling_strategy": where, "max_concurrency": 3}
        return ray.remote(Rank).options(**asked).remote(one["script"], one["ids"], one["rank"])

    actors = [actor(index, one) for index, one in enumerate(plan)]
    result = {"ended": {}, "lost": {}}
    try:
        # None begins unless all are there.
        if is_stopped() or not all(ray.get([one.holds.remote() for one in actors])):
            result["lost"] = {one["rank"]: "Not all ranks waited to begin any more." for one in plan}
            return 1
        print("beginning", flush=True)
        running = {one.tend.remote(plan[index]["gpus"] > 0): index for index, one in enumerate(actors)}
        deadline = None
        while running:
            timeout = None if deadline is None else max(0, deadline - time.monotonic())
            done, _ = ray.wait(list(running), num_returns=1, timeout=timeout)
            for ref in done:
                index = running.pop(ref)
                rank = plan[index]["rank"]
                try:
                    ended, code = ray.get(ref)
                    result["ended"][rank] = ended
                except ray.exceptions.RayError as error:
                    ended, code = "lost", str(error)
                    result["lost"][rank] = str(error)
                print(f"rank {rank}: {ended} {code}", flush=True)
                if ended != "SUCCEEDED" and deadline is None:
                    deadline = time.monotonic() + END_S
                    for other in running.values():
                        actors[other].cancel.remote()
            if not done:
                break
        for index in running.values():
            result["lost"][plan[index]["rank"]] = "It was told to end, and did not answer."
        return 0 if all(state == "SUCCEEDED" for state in result["ended"].values()) and not result["lost"] else 1
    except ray.exceptions.RayError as error:
        result["lost"] = {one["rank"]: str(error) for one in plan if one["rank"] not in result["ended"]}
        return 1
    finally:
        write(folder, "result.json", json.dumps(result))


if __name__ == "__main__":
    main()
