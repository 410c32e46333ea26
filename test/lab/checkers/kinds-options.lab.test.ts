import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab, type LabProcess } from "../lib/lab.ts";
import type { DriverLine } from "./checks-driver.ts";
import {
  ALL,
  at,
  type Cell,
  COLUMNS,
  cellName,
  cells,
  config,
  DATAGRAMS,
  DEAF,
  everyCell,
  FAMILIES,
  full,
  KINDS,
  NFT,
  NOWHERE,
  OWN,
  portOf,
  RS,
  SECOND,
  SETS,
  type Seen,
  serviceOf,
  TALKS,
  target,
  timedCells,
} from "./option-cells.ts";

/** What the kinds of checks have in common, each option with each of them: where they go and where they come from as the
 *  packets of this machine show it (nft, tcpdump), and when (LVSKEEPER_LAB_FULL). No kernel with IPVS is needed. */
describe("options that the kinds of checks have in common", () => {
  let lab: Lab;
  let driver: LabProcess;
  let capture: LabProcess;
  beforeAll(async () => {
    lab = await Lab.start({ kernel: "local" });
    const addresses = everyCell.filter(({ column }) => column !== DEAF).map(at);
    const batch = addresses.map(
      (address) => `addr add ${address}${address.includes(":") ? "/128 nodad" : "/32"} dev lo`,
    );
    await lab.run("rs1", ["ip", "-batch", "-"], { stdin: `${batch.join("\n")}\n` });
    // What has none of these addresses is not answered.
    for (const family of FAMILIES) await lab.run("rs1", `ip -${family} route add blackhole ${ALL[family]}`);
    const program = await lab.bundle("test/faults/fault-servers.ts");
    for (const [hosts, servers] of [
      ["::", TALKS],
      [addresses.join(","), DATAGRAMS],
    ] as const) {
      const words = [process.execPath, program, hosts, JSON.stringify(servers)];
      const server = await lab.spawn("rs1", words, { name: "rs1-servers" });
      await lab.eventually("the servers listen", 30_000, async () => (await server.log()).includes("listening"));
    }
    const ways = FAMILIES.flatMap((family) => [
      `ip addr add ${SECOND[family]}/${family === 4 ? "32" : "128 nodad preferred_lft 0"} dev second`,
      `ip route add ${RS[family]} dev second metric 2000`,
      `ip route add ${ALL[family]} via ${RS[family]} dev eth0 src ${OWN[family]} metric 10`,
      `ip route add ${ALL[family]} via ${RS[family]} dev second src ${SECOND[family]} metric 20`,
    ]);
    const second = "ip link add second link eth0 type macvlan mode bridge && ip link set second up";
    await lab.run("d1", [second, ...ways].join(" && "));
    await lab.run("d1", ["nft", "-f", "-"], { stdin: NFT });
    await watch(cells);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** Starts the checks of these cells, and waits until each has run. */
  async function watch(which: readonly Cell[]): Promise<void> {
    await lab.writeFile("/run/checks.conf", which.map(config).join(""), { at: "d1" });
    const checks = await lab.bundle("test/lab/checkers/checks-driver.ts");
    driver = await lab.spawn("d1", [process.execPath, checks, "/run/checks.conf"], { name: "d1-checks" });
    await lab.eventually("all checks have run", 30_000, async () => {
      const ran = new Set((await linesOf("result")).map(({ service }) => service));
      return which.every((cell) => ran.has(serviceOf(cell)));
    });
  }

  async function linesOf<I extends DriverLine["is"]>(is: I): Promise<Extract<DriverLine, { is: I }>[]> {
    const lines = (await driver.log()).split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
    return lines.map((line) => JSON.parse(line) as DriverLine).filter((line) => line.is === is) as never;
  }

  /** What nft has of the packets to all targets: by address, each different combination. */
  async function packets(): Promise<ReadonlyMap<string, readonly Seen[]>> {
    const found = new Map<string, Seen[]>();
    for (const { device, hasPorts, name } of SETS) {
      const text = await lab.run("d1", ["nft", "-j", "list", "set", "inet", "seen", name]);
      for (const fields of concatenations(JSON.parse(text))) {
        const [to, port, from, fromPort, mark] = hasPorts ? fields : [fields[0], 0, fields[1], 0, fields[2]];
        const seen = { to, port, from, fromPort, mark, device } as unknown as Seen;
        found.set(seen.to, [...(found.get(seen.to) ?? []), seen]);
      }
    }
    return found;
  }

  test("each is where it says, comes from where it says, and so is answered", async () => {
    const first = new Map((await linesOf("result")).toReversed().map((line) => [line.service, line]));
    const answered = cells.filter(({ column }) => column !== DEAF);
    const failed = answered.filter((cell) => first.get(serviceOf(cell))?.up !== true);
    expect(failed.map((cell) => `${cellName(cell)}: ${first.get(serviceOf(cell))?.why}`)).toEqual([]);

    const seen = await packets();
    const wrong = answered.flatMap((cell) => {
      const plain = { from: OWN[cell.family], mark: 0, device: "eth0" };
      const wanted = { to: at(cell), port: portOf(cell), ...plain, ...COLUMNS[cell.column]?.seen?.(cell) };
      const of = seen.get(at(cell)) ?? [];
      const isRight =
        of.length > 0 && of.every((one) => Object.entries(wanted).every(([k, v]) => one[k as keyof Seen] === v));
      return isRight ? [] : [`${cellName(cell)}: ${JSON.stringify(of)}, not ${JSON.stringify(wanted)}`];
    });
    expect(wrong).toEqual([]);
    expect(seen.has(target(4, 0, NOWHERE)) || seen.has(target(6, 0, NOWHERE))).toBe(false);
  });

  test("connect_timeout is when a server that is silent is given up", async () => {
    const results = await linesOf("result");
    const took = cells
      .filter(({ column }) => column === DEAF)
      .map((cell) => [cellName(cell), results.find(({ service }) => service === serviceOf(cell))] as const);
    const wrong = took.filter(([, line]) => line?.up !== false || line.tookMs < 699 || line.tookMs > 2000);
    expect(wrong).toEqual([]);
    expect(took.every(([, line]) => line?.why.includes("within 0.7 s"))).toBe(true);
  });

  /** When each run of a cell left this machine, in s: of a connection the SYN, of a question what is sent first. */
  async function startsOf(): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, number[]>();
    for (const line of (await capture.log()).split("\n")) {
      const [, atS, rest = ""] = /^(\d+\.\d+) IP (.*)$/.exec(line) ?? [];
      const [, to] = /^[\d.]+ > (10\.77\.\d+\.\d+)(?:\.\d+)?: /.exec(rest) ?? [];
      if (to === undefined) continue;
      found.set(to, [...(found.get(to) ?? []), Number(atS)]);
    }
    return found;
  }
  const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - (times[i] as number));
  const near = (value: number, wanted: number): boolean => value > wanted - 0.1 && value < wanted + 0.4;
  const timed = (column: number): Cell[] => timedCells.filter((cell) => cell.column === column);

  describe.runIf(full)("those of time (LVSKEEPER_LAB_FULL)", () => {
    /** When they began, in s. */
    const begin = async (): Promise<number> => {
      await driver.signal("SIGKILL");
      const asked = "(not tcp or tcp[tcpflags] & (tcp-syn | tcp-ack) = tcp-syn)";
      capture = await lab.capture("d1", `dst net ${ALL[4]} and ${asked}`, ["-tt"]);
      await watch(timedCells);
      await lab.eventually("some runs of each", 30_000, async () => {
        const starts = await startsOf();
        return timedCells.every((cell) => (starts.get(at(cell))?.length ?? 0) >= 4);
      });
      return (await linesOf("made"))[0]?.atS ?? 0;
    };
    let begun: Promise<number> | undefined;
    const run = (): Promise<number> => (begun ??= begin());

    test("warmup: the first run comes after a second and a part of it, of delay_loop where it is not given", async () => {
      const startedS = await run();
      const starts = await startsOf();
      const wanted = { 20: 1.5, 21: 1, 24: 3 };
      const wrong = Object.entries(wanted).flatMap(([column, afterS]) =>
        timed(Number(column)).flatMap((cell) => {
          const first = (starts.get(at(cell))?.[0] ?? 0) - startedS;
          return near(first, afterS) ? [] : [`${cellName(cell)}: ${first} s, not ${afterS}`];
        }),
      );
      expect(wrong).toEqual([]);
    });

    test("delay_loop: from one run to the next", async () => {
      await run();
      const starts = await startsOf();
      const wrong = timed(20).flatMap((cell) => {
        const all = gaps(starts.get(at(cell)) ?? []);
        return all.length >= 3 && all.every((gap) => near(gap, 1)) ? [] : [`${cellName(cell)}: ${all.join()}`];
      });
      expect(wrong).toEqual([]);
    });

    test("alpha: down until the first success, and all others up", async () => {
      await run();
      const made = new Map((await linesOf("made")).map((line) => [line.service, line.up]));
      const isWrong = timedCells.filter((cell) => made.get(serviceOf(cell)) !== (cell.column !== 23));
      expect(isWrong.map(cellName)).toEqual([]);
      const changes = await linesOf("change");
      const came = timed(23).filter((cell) => changes.some(({ service, up }) => service === serviceOf(cell) && up));
      expect(came).toHaveLength(KINDS.length);
    });

    test("retry, delay_before_retry and log_all_failures: what is tried and told before a server is out", async () => {
      await run();
      const lines = (await driver.log()).split("\n").length;
      const gone = [21, 22].flatMap((column) => timed(column).map(at));
      const reject = `ip daddr { ${gone.join(", ")} } reject with icmp host-unreachable`;
      await lab.run("rs1", "sysctl -qw net.ipv4.icmp_ratelimit=0");
      await lab.run("rs1", ["nft", "-f", "-"], {
        stdin: `table ip gone {\nchain in { type filter hook input priority 0; ${reject}; }\n}\n`,
      });
      await lab.eventually("each is out, and was tried twice more", 30_000, async () => {
        const changes = await linesOf("change");
        const outS = Math.max(...changes.filter(({ up }) => !up).map(({ atS }) => atS));
        const out = [21, 22]
          .flatMap(timed)
          .filter((cell) => changes.some((c) => c.service === serviceOf(cell) && !c.up));
        return out.length === 2 * KINDS.length && Date.now() / 1000 > outS + 2.6;
      });
      const starts = await startsOf();
      const changes = await linesOf("change");
      const text = (await driver.log()).split("\n").slice(lines);
      const wrong = [21, 22].flatMap((column) =>
        timed(column).flatMap((cell) => {
          const outS = changes.find(({ service, up }) => service === serviceOf(cell) && !up)?.atS ?? 0;
          const all = starts.get(at(cell)) ?? [];
          const attempts = all.filter((time) => time < outS + 0.1).slice(-4); // the last that passed, and three
          const apart = gaps(attempts);
          // Down, it is tried each delay_loop; an SMTP_CHECK has its two retries each time.
          const pause = (i: number): number => (KINDS[cell.kind]?.kind === "SMTP_CHECK" && i % 3 !== 0 ? 0.5 : 1);
          const later = gaps([...attempts.slice(-1), ...all.filter((time) => time >= outS + 0.1)]);
          const isRight =
            apart.length === 3 &&
            apart.every((gap, i) => near(gap, i === 0 ? 1 : 0.5)) &&
            later.length >= 2 &&
            later.every((gap, i) => near(gap, pause(i)));
          const told = text.filter((line) => !line.startsWith("{") && line.includes(at(cell)) && /fail/i.test(line));
          const tells = column === 21 ? told.length === 1 : told.length >= 4;
          const isTold = tells && told.some((line) => line.includes("after 2 retries"));
          return isRight && isTold
            ? []
            : [`${cellName(cell)}: ${apart.join()} then ${later.join()}; ${told.join(" | ")}`];
        }),
      );
      expect(wrong).toEqual([]);
    });
  });
});

/** The elements of a set of concatenated fields, as nft prints them. */
function concatenations(listing: unknown): unknown[][] {
  const { nftables } = listing as {
    readonly nftables: readonly { readonly set?: { readonly elem?: readonly unknown[] } }[];
  };
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map((one) => {
      const element = one as { concat?: unknown[]; elem?: { val: { concat: unknown[] } } };
      return element.concat ?? element.elem?.val.concat ?? [];
    }),
  );
}
