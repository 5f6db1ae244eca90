"""A crowd of clients, by the program wrk: many connections that ask without a pause.

One URL, or two lists: hot ones, of which any is asked for again and again, and cold ones, each asked for once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 16
SECONDS = 3

# wrk's own script language. Requests are written out beforehand, so that the client costs as little as it can.
_SCRIPT = """
local hot, cold, share = {}, {}, 0
next_cold = 1
local only
local function read(file, into)
  for path in io.lines(file) do into[#into + 1] = wrk.format("GET", path) end
end
function setup(thread) only = thread end
function init(args)
  read(args[1], hot); read(args[2], cold)
  share = tonumber(args[3]); math.randomseed(tonumber(args[4]))
end
function request()
  if next_cold <= #cold and math.random() < share then
    next_cold = next_cold + 1
    return cold[next_cold - 1]
  end
  return hot[math.random(#hot)]
end
function done(summary, latency, requests)
  local e = summary.errors
  local found = '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d, "refused": %d, "new": %d}'
  io.write("\\nFOUND " .. string.format(found, summary.requests, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.timeout, e.status,
    only:get("next_cold") - 1) .. "\\n")
end
"""


@dataclass(frozen=True)
class Load:
    """What a crowd saw: requests a second, median and 99th percentile in ms, and how many were not answered by 2xx.

    ``used_up`` is whether it would have asked for more new pictures than there were.
    """

    rate: float
    p50: float
    p99: float
    errors: int
    used_up: bool = False


def is_installed() -> bool:
    """Whether wrk is on this machine (Debian: wrk)."""
    return shutil.which("wrk") is not None


def load(
    base: str,
    hot: Sequence[str],
    cold: Sequence[str] = (),
    *,
    cold_share: float = 0.0,
    clients: int = CLIENTS,
    seconds: int = SECONDS,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Lets ``clients`` connections ask ``base`` for ``hot`` paths, and for ``cold_share`` of the times a new one."""
    with tempfile.TemporaryDirectory(prefix="qis-wrk-") as name:
        folder = Path(name)
        for file, lines in (("ask.lua", [_SCRIPT]), ("hot", hot), ("cold", cold)):
            (folder / file).write_text("\n".join(lines) + "\n" if lines else "", encoding="utf-8")
        sent = [f"-H{header}: {value}" for header, value in (headers or {}).items()]
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", *sent, "-s", "ask.lua", base]
        told = subprocess.run(
            [*command, "--", "hot", "cold", str(cold_share), "7"],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        ).stdout
    found = json.loads(told.rpartition("FOUND ")[2])
    return Load(
        rate=found["requests"] / found["seconds"],
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        errors=found["failed"] + found["refused"],
        used_up=bool(cold) and found["new"] >= len(cold),
    )
