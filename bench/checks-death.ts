// How long a real server that has died stays in the table: its port closed (RST), and its packets dropped. All servers of a
// director die together, ours and keepalived's in turn, with the same settings.
import type { Host, Lab, LabProcess } from "../test/lab/lib/lab.ts";
import {
  type Director,
  PATIENT,
  PER_SERVICE,
  type Setting,
  sleep,
  startBoth,
  stopBoth,
  THEIRS,
} from "./checks-setup.ts";
import { inTurn, middle, type Pair } from "./samples.ts";

const SETTING: Setting = { kind: "TCP_CHECK", servers: 100, delayLoopS: 2, connectTimeoutS: 1 };
const TURNS = Number(process.env.LVSKEEPER_BENCH_TURNS ?? 6);
const PORT = 81;
/** Of times of some seconds that are the average of 100 moments. */
const ACCURACY_S = 0.1;

type Way = {
  readonly name: string;
  kill(lab: Lab, at: Host): Promise<void>;
  revive(lab: Lab, at: Host): Promise<void>;
};

function ways(lab: Lab): Way[] {
  const webs = new Map<Host, LabProcess>();
  const dropping = (action: "add" | "del") => async (_lab: Lab, at: Host) =>
    void (await lab.run(at, `tc qdisc ${action} dev lo root netem loss 100%`));
  return [
    {
      name: "port closed",
      async kill(_lab, at) {
        await webs.get(at)?.signal("SIGKILL");
      },
      async revive(_lab, at) {
        webs.set(at, await lab.web(at, { port: PORT }));
      },
    },
    { name: "packets dropped", kill: dropping("add"), revive: dropping("del") },
  ];
}

const LINES = "mapfile -t rows </proc/net/ip_vs; lines=$" + "{#rows[@]}";
const SERVICES = SETTING.servers / PER_SERVICE;
/** Of /proc/net/ip_vs, and one for each service. */
const HEAD_LINES = 3;

/** Seconds that one stays in the table on average: the area below the number that is left. */
async function deathToRemoval(lab: Lab, way: Way, at: Host): Promise<number> {
  // At any moment of their intervals: the servers' moments are the same every time.
  await sleep(Math.random() * SETTING.delayLoopS);
  const end = HEAD_LINES + SERVICES;
  // Without a program started for each look: the guest has one processor.
  const watch = `mkfifo /tmp/never-$$; exec 9<>/tmp/never-$$; for ((i = 0; i < 600; i += 1)); do ${LINES}; echo "$EPOCHREALTIME $lines"; [ $lines = ${end} ] && break; read -t 0.05 -u 9; done`;
  const watching = lab.run(at, ["bash", "-c", watch], PATIENT);
  await sleep(0.3);
  const killedS = Number(await lab.run(at, ["bash", "-c", "echo $EPOCHREALTIME"]));
  await way.kill(lab, at);
  const points = (await watching)
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number) as [number, number])
    .map(([seconds, lines]) => [Math.max(seconds, killedS), lines - end] as const);
  const area = points.slice(1).reduce((sum, [time, left], n) => {
    const [timeBefore, leftBefore] = points[n] as readonly [number, number];
    return sum + ((time - timeBefore) * (left + leftBefore)) / 2;
  }, 0);
  await way.revive(lab, at);
  await lab.eventually(`${at} has them back`, 60_000, async () => {
    await sleep(0.2);
    return Number(await lab.run(at, ["bash", "-c", `${LINES}; echo $lines`])) === end + SETTING.servers;
  });
  return area / SETTING.servers;
}

const spread = (pairs: readonly Pair[], of: keyof Pair): string => {
  const values = pairs.map((pair) => pair[of]);
  return `${middle(pairs)[of].toFixed(2)} s (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
};

/** Whether ours go as soon as keepalived's. */
export async function compareDeaths(lab: Lab): Promise<boolean> {
  const all = ways(lab);
  const [closing] = all as [Way];
  const hosts: Host[] = ["d1", THEIRS];
  await Promise.all(hosts.map((at) => closing.revive(lab, at)));
  const directors: readonly Director[] = await startBoth(lab, SETTING, PORT);
  await sleep(2 * SETTING.delayLoopS + 3);
  const [ours, theirs] = directors.map(({ at }) => at) as [Host, Host];
  let met = true;
  for (const way of all) {
    const pairs = await inTurn(
      TURNS,
      () => deathToRemoval(lab, way, ours),
      () => deathToRemoval(lab, way, theirs),
    );
    met &&= middle(pairs).ours <= middle(pairs).theirs + ACCURACY_S;
    console.log(
      `death to removal, ${way.name} (delay_loop ${SETTING.delayLoopS}, connect_timeout ${SETTING.connectTimeoutS}, retry 1, delay_before_retry 1, ` +
        `${SETTING.servers} servers, ${TURNS} turns): ours ${spread(pairs, "ours")}, keepalived ${spread(pairs, "theirs")}`,
    );
  }
  await stopBoth(lab, directors);
  return met;
}
