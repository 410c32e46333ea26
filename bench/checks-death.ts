// How long a real server that has died stays in the table: its port closed (RST), and its packets dropped. All servers of a
// director die together, ours and keepalived's in turn, with the same settings.
//
// Most of that is chance: how long after its last check a server dies. What a director itself adds is seen without it, from
// the last check that a server answered (its SYN-ACK on the wire) until the kernel's table is without it.
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
import { type Beside, inTurn, median } from "./samples.ts";

const SETTING: Setting = { kind: "TCP_CHECK", servers: 100, delayLoopS: 2, connectTimeoutS: 1 };
const RETRY_S = 1;
const TURNS = Number(process.env.LVSKEEPER_BENCH_TURNS ?? 6);
const PORT = 81;
/** All have run, and V8 has compiled what a check needs. */
const WARM_S = 40;

type Way = {
  readonly name: string;
  /** Seconds that the settings ask for, from the last check that was answered until the retry has failed. */
  readonly askedS: number;
  kill(lab: Lab, at: Host): Promise<void>;
  revive(lab: Lab, at: Host): Promise<void>;
};

/** Seconds, each the mean of all servers. `removal`: from their death. `interval`: between two checks that were answered.
 *  `answered`: from the last check that was answered until it is gone from the table. */
type Death = { readonly removal: number; readonly interval: number; readonly answered: number };

function ways(lab: Lab): Way[] {
  const webs = new Map<Host, LabProcess>();
  const dropping = (action: "add" | "del") => async (_lab: Lab, at: Host) =>
    void (await lab.run(at, `tc qdisc ${action} dev lo root netem loss 100%`));
  const askedS = SETTING.delayLoopS + RETRY_S;
  return [
    {
      name: "port closed",
      askedS,
      async kill(_lab, at) {
        await webs.get(at)?.signal("SIGKILL");
      },
      async revive(_lab, at) {
        webs.set(at, await lab.web(at, { port: PORT }));
      },
    },
    {
      name: "packets dropped",
      askedS: askedS + 2 * SETTING.connectTimeoutS,
      kill: dropping("add"),
      revive: dropping("del"),
    },
  ];
}

const LINES = "mapfile -t rows </proc/net/ip_vs; lines=$" + "{#rows[@]}";
const SERVICES = SETTING.servers / PER_SERVICE;
/** Of /proc/net/ip_vs, and one for each service. */
const HEAD_LINES = 3;
const LEFT = HEAD_LINES + SERVICES;
const LOOK_EVERY_S = 0.01;
/** Of the mean of so many looks that are so far apart. */
const ACCURACY_S = 0.002;
/** Looks at the table until it is empty: the time of each, and what there is whenever that has become less. Without a
 *  program started for each look: the guest has one processor. */
const WATCH =
  `mkfifo /tmp/never-$$; exec 9<>/tmp/never-$$; last=; for ((i = 0; i < 3000; i += 1)); do ${LINES}; \
if [ "$lines" = "$last" ]; then echo $EPOCHREALTIME; else echo "$EPOCHREALTIME $lines $` +
  `{rows[*]}"; last=$lines; fi; \
[ $lines = ${LEFT} ] && break; read -t ${LOOK_EVERY_S} -u 9; done`;
const ANSWERS = ["tcpdump", "-i", "lo", "-nn", "-tt", `src port ${PORT} and tcp[tcpflags] & tcp-syn != 0`];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** When each real server was last seen in the table, and first was not: the middle. */
function removals(printed: string): Map<string, number> {
  const gone = new Map<string, number>();
  let [before, there]: [number, ReadonlySet<string>] = [0, new Set()];
  for (const line of printed.trim().split("\n")) {
    const now = Number(line.split(" ", 1)[0]);
    if (line.includes(" ")) {
      const left = new Set([...line.matchAll(/-> ([0-9A-F]{8}):/g)].map(([, address]) => address as string));
      for (const one of there) if (!left.has(one)) gone.set(one, (before + now) / 2);
      there = left;
    }
    before = now;
  }
  return gone;
}

/** When the servers answered, of tcpdump's lines: "1700000000.123456 IP 127.1.0.5.81 > …". */
function answers(printed: string): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const [, time, host = ""] of printed.matchAll(/^(\d+\.\d+) IP (\d+\.\d+\.\d+\.\d+)\./gm)) {
    const address = host.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
    const key = address.join("").toUpperCase();
    times.set(key, [...(times.get(key) ?? []), Number(time)]);
  }
  return times;
}

async function death(lab: Lab, way: Way, at: Host): Promise<Death> {
  const capture = await lab.spawn(at, ANSWERS, { name: `${at}-answers` });
  await lab.eventually("tcpdump listens", 20_000, async () => (await capture.log()).includes("listening on"));
  // At any moment of their intervals: the servers' moments are the same every time.
  await sleep(2 * SETTING.delayLoopS + Math.random() * SETTING.delayLoopS);
  const watching = lab.run(at, ["bash", "-c", WATCH], PATIENT);
  await sleep(0.3);
  const killedS = Number(await lab.run(at, ["bash", "-c", "echo $EPOCHREALTIME"]));
  await way.kill(lab, at);
  const gone = removals(await watching);
  await capture.signal("SIGINT");
  await capture.exited();
  const answered = answers(await capture.log());
  await way.revive(lab, at);
  await lab.eventually(`${at} has them back`, 60_000, async () => {
    await sleep(0.2);
    return Number(await lab.run(at, ["bash", "-c", `${LINES}; echo $lines`])) === LEFT + SETTING.servers;
  });
  if (gone.size !== SETTING.servers) throw new Error(`${gone.size} of ${SETTING.servers} were seen to go`);
  const [intervals, afterLast]: [number[], number[]] = [[], []];
  for (const [server, removedS] of gone) {
    const times = answered.get(server) ?? [];
    afterLast.push(removedS - (times.at(-1) ?? Number.NaN));
    intervals.push(...times.slice(1).map((time, n) => time - (times[n] as number)));
  }
  return {
    removal: mean([...gone.values()]) - killedS,
    interval: mean(intervals),
    answered: mean(afterLast),
  };
}

/** Seconds from death to removal, on average over all moments at which a server may die between two checks. */
const withoutChance = ({ answered, interval }: Death): number => answered - interval / 2;

const told = (what: string, deaths: readonly Beside<Death>[], of: (death: Death) => number, digits: number): string => {
  const part = (name: string, values: readonly number[]): string => {
    const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((s) =>
      s.toFixed(digits),
    );
    return `${name} ${middle} s (${least}–${most})`;
  };
  const ours = deaths.map((both) => of(both.ours));
  const theirs = deaths.map((both) => of(both.theirs));
  return `  ${what}: ${part("ours", ours)}, ${part("keepalived", theirs)}`;
};

/** Whether ours go as soon as keepalived's. */
export async function compareDeaths(lab: Lab): Promise<boolean> {
  const all = ways(lab);
  const [closing] = all as [Way];
  const hosts: Host[] = ["d1", THEIRS];
  await Promise.all(hosts.map((at) => closing.revive(lab, at)));
  const directors: readonly Director[] = await startBoth(lab, SETTING, PORT);
  await sleep(WARM_S);
  const [ours, theirs] = directors.map(({ at }) => at) as [Host, Host];
  let met = true;
  for (const way of all) {
    const deaths = await inTurn<Death>(
      TURNS,
      () => death(lab, way, ours),
      () => death(lab, way, theirs),
    );
    const middle = (who: keyof Beside<Death>): number => median(deaths.map((both) => withoutChance(both[who])));
    met &&= middle("ours") <= middle("theirs") + ACCURACY_S;
    console.log(
      [
        `${way.name} (delay_loop ${SETTING.delayLoopS}, connect_timeout ${SETTING.connectTimeoutS}, retry 1, ` +
          `delay_before_retry ${RETRY_S}, ${SETTING.servers} servers, ${TURNS} turns):`,
        told("death to removal, as it happened", deaths, ({ removal }) => removal, 2),
        told("the same without the chance of when they die", deaths, withoutChance, 3),
        told("last answer to removal, beyond the settings", deaths, ({ answered }) => answered - way.askedS, 3),
        told("between two checks, beyond delay_loop", deaths, ({ interval }) => interval - SETTING.delayLoopS, 3),
      ].join("\n"),
    );
  }
  await stopBoth(lab, directors);
  return met;
}
