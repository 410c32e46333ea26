// How long a real server that has died stays in the table: its port closed (RST), and its packets dropped. All servers of a
// director die together, ours and keepalived's in turn, with the same settings.
//
// Most of that is chance: how long after its last check a server dies. What a director itself adds is seen without it, from
// the last check that a server answered (its SYN-ACK on the wire) until the kernel is told to take it out (the message on
// nlmon): both by the clock of one kernel, and written down without a program that looks meanwhile.
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
import { removalsIn } from "./removals.ts";
import { type Beside, inTurn } from "./samples.ts";

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
 *  `answered`: from the last check that was answered until the kernel is told to take it out. `decided`: from the last reset
 *  until then; NaN where none came. */
type Death = {
  readonly removal: number;
  readonly interval: number;
  readonly answered: number;
  readonly decided: number;
};

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

const LINES = "mapfile -t rows </proc/net/ip_vs; echo $" + "{#rows[@]}";
const SERVICES = SETTING.servers / PER_SERVICE;
/** Of /proc/net/ip_vs, and one for each service. */
const HEAD_LINES = 3;
const LEFT = HEAD_LINES + SERVICES;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** When the servers answered, by their addresses as removalsIn() has them, of tcpdump's lines:
 *  "1700000000.123456 IP 127.1.0.5.81 > …". */
function answersIn(printed: string): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const [, time, host = ""] of printed.matchAll(/^(\d+\.\d+) IP (\d+\.\d+\.\d+\.\d+)\./gm)) {
    const address = host.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
    const key = address.join("").toUpperCase();
    times.set(key, [...(times.get(key) ?? []), Number(time)]);
  }
  return times;
}

/** A capture to a file: what it writes down wakes nobody while it happens. */
async function capture(lab: Lab, at: Host, interfaceName: string, filter: string): Promise<() => Promise<string>> {
  const file = `/run/${interfaceName}.pcap`;
  const name = `${at}-${interfaceName}`;
  const words = ["-i", interfaceName, "-nn", "-B", "16384", "-w", file, ...(filter === "" ? [] : [filter])];
  const tcpdump = await lab.spawn(at, ["tcpdump", ...words], { name });
  await lab.eventually("tcpdump listens", 20_000, async () => (await tcpdump.log()).includes("listening on"));
  return async () => {
    await tcpdump.signal("SIGINT");
    await tcpdump.exited();
    return file;
  };
}

const linesLeft = async (lab: Lab, at: Host): Promise<number> => Number(await lab.run(at, ["bash", "-c", LINES]));

async function death(lab: Lab, way: Way, at: Host, attempts = 3): Promise<Death> {
  const fromServers = `src port ${PORT} and tcp[tcpflags] & (tcp-syn | tcp-rst) != 0`;
  const endWire = await capture(lab, at, "lo", fromServers);
  const endTable = await capture(lab, at, "nlmon0", "");
  // At any moment of their intervals: the servers' moments are the same every time.
  await sleep(2 * SETTING.delayLoopS + Math.random() * SETTING.delayLoopS);
  const killedS = Number(await lab.run(at, ["bash", "-c", "echo $EPOCHREALTIME"]));
  await way.kill(lab, at);
  await lab.eventually(`${at} has lost them all`, 60_000, async () => {
    await sleep(0.3);
    return (await linesLeft(lab, at)) === LEFT;
  });
  const [wire, told] = [await endWire(), await endTable()];
  const family = Number.parseInt(/ID: (0x[0-9a-f]+)/.exec(await lab.run(at, "genl ctrl get name IPVS"))?.[1] ?? "", 16);
  const gone = removalsIn(Buffer.from(await lab.run(at, ["base64", told], PATIENT), "base64"), family);
  const read = ["tcpdump", "-r", wire, "-nn", "-tt"];
  const answered = answersIn(await lab.run(at, [...read, "tcp[tcpflags] & tcp-syn != 0"], PATIENT));
  const reset = answersIn(
    await lab.run(at, [...read, "tcp[tcpflags] & (tcp-syn | tcp-ack | tcp-rst) == (tcp-ack | tcp-rst)"], PATIENT),
  );
  await way.revive(lab, at);
  await lab.eventually(`${at} has them back`, 60_000, async () => {
    await sleep(0.3);
    return (await linesLeft(lab, at)) === LEFT + SETTING.servers;
  });
  // Others were out before: on a machine with too much else to do, servers that are well do not answer in time.
  if (gone.size !== SETTING.servers) {
    if (attempts > 1) return death(lab, way, at, attempts - 1);
    throw new Error(`${gone.size} of ${SETTING.servers} were seen to go`);
  }
  const [intervals, afterLast, decided]: [number[], number[], number[]] = [[], [], []];
  for (const [server, removedS] of gone) {
    const times = (answered.get(server) ?? []).filter((time) => time < removedS);
    const resets = (reset.get(server) ?? []).filter((time) => time < removedS);
    afterLast.push(removedS - (times.at(-1) ?? Number.NaN));
    intervals.push(...times.slice(1).map((time, n) => time - (times[n] as number)));
    decided.push(removedS - (resets.at(-1) ?? Number.NaN));
  }
  return {
    removal: mean([...gone.values()]) - killedS,
    interval: mean(intervals),
    answered: mean(afterLast),
    decided: mean(decided),
  };
}

/** Seconds from death to removal, on average over all moments at which a server may die between two checks. */
const withoutChance = ({ answered, interval }: Death): number => answered - interval / 2;

/** The mean of all turns, and the least and the greatest. */
const told = (what: string, deaths: readonly Beside<Death>[], of: (death: Death) => number, digits: number): string => {
  const part = (name: string, values: readonly number[]): string => {
    const [middle, least, most] = [mean(values), Math.min(...values), Math.max(...values)].map((s) =>
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
  // Tells of all netlink messages of a host, those to IPVS among them.
  await Promise.all(hosts.map((at) => lab.run(at, "ip link add nlmon0 type nlmon && ip link set nlmon0 up")));
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
    const meanOf = (who: keyof Beside<Death>): number => mean(deaths.map((both) => withoutChance(both[who])));
    met &&= meanOf("ours") <= meanOf("theirs");
    console.log(
      [
        `${way.name} (delay_loop ${SETTING.delayLoopS}, connect_timeout ${SETTING.connectTimeoutS}, retry 1, ` +
          `delay_before_retry ${RETRY_S}, ${SETTING.servers} servers, ${TURNS} turns):`,
        told("death to removal, as it happened", deaths, ({ removal }) => removal, 2),
        told("the same without the chance of when they die", deaths, withoutChance, 3),
        told("last answer to removal, beyond the settings", deaths, ({ answered }) => answered - way.askedS, 3),
        ...(Number.isNaN(deaths[0]?.ours.decided)
          ? []
          : [told("last reset to removal", deaths, ({ decided }) => decided, 4)]),
        told("between two checks, beyond delay_loop", deaths, ({ interval }) => interval - SETTING.delayLoopS, 3),
      ].join("\n"),
    );
  }
  await stopBoth(lab, directors);
  return met;
}
