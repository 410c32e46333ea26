import fc from "fast-check";
import type { Traffic } from "../guest/ipvsadm-beside.ts";

/** Tables that this kernel takes, as lines for a restore: all schedulers, flags, families, thresholds and tunnels. */
export type KernelTable = { readonly rules: string; readonly traffic: readonly Traffic[] };

const SCHEDULERS = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq".split(" ");
const short = { 4: fc.nat(250).map((n) => `10.77.0.${n + 1}`), 6: fc.nat(250).map((n) => `2001:db8:77::${n + 1}`) };
/** Names longer than the columns. */
const long = {
  4: fc.nat(250).map((n) => `203.113.111.${n + 1}`),
  6: fc.nat(250).map((n) => `2001:db8:1111:2222:3333:4444:5555:${n + 4096}`),
};
const address = (family: 4 | 6) => fc.oneof(short[family], long[family]);
const port = fc.oneof(fc.constantFrom(80, 53, 443, 65535), fc.integer({ min: 1, max: 65535 }));
const place = (family: 4 | 6, at: string, p: number): string => (family === 6 ? `[${at}]:${p}` : `${at}:${p}`);

const flagsOf = (scheduler: string) =>
  scheduler === "sh" || scheduler === "mh"
    ? fc.subarray([`${scheduler}-port`, `${scheduler}-fallback`])
    : fc.subarray(["flag-1", "flag-2", "flag-3"]);

const persistence = (family: 4 | 6, isUdp: boolean) =>
  fc
    .record({
      seconds: fc.option(fc.integer({ min: 1, max: 100_000 })),
      mask: fc.option(
        family === 6 ? fc.integer({ min: 1, max: 128 }).map(String) : fc.constantFrom("255.255.255.0", "255.0.0.0"),
      ),
      engine: fc.boolean(),
      onePacket: fc.boolean(),
    })
    .map(({ seconds, mask, engine, onePacket }) => {
      const words: string[] = [];
      if (seconds !== null) words.push(`-p ${seconds}`);
      if (seconds !== null && mask !== null) words.push(`-M ${mask}`);
      if (seconds !== null && engine && isUdp) words.push("--pe sip");
      if (onePacket && isUdp) words.push("-o");
      return words;
    });

const forwarding = fc.oneof(
  fc.constantFrom("-g", "-m", "-i", "-i --tun-type ipip"),
  fc
    .tuple(fc.integer({ min: 1, max: 65535 }), fc.constantFrom("--tun-nocsum", "--tun-csum", "--tun-remcsum"))
    .map(([p, c]) => `-i --tun-type gue --tun-port ${p} ${c}`),
  fc.constantFrom("-i --tun-type gre --tun-nocsum", "-i --tun-type gre --tun-csum"),
);

const server = (family: 4 | 6) =>
  fc
    .record({
      at: address(family),
      port,
      forwarding,
      weight: fc.oneof(fc.nat(100), fc.constantFrom(65535, 2_147_483_647)),
      upper: fc.constantFrom(0, 0, 10, 99_999, 2_147_483_647), // the most that a command line takes
      lower: fc.constantFrom(0, 0, 5, 9),
    })
    .map(({ at, port: p, forwarding: f, weight, upper, lower }) => ({
      key: place(family, at, p),
      words: `-r ${place(family, at, p)} ${f} -w ${weight}${upper > 0 ? ` -x ${upper} -y ${lower}` : ""}`,
    }));

const service = fc
  .record({
    family: fc.constantFrom<4 | 6>(4, 4, 6),
    kind: fc.constantFrom("-t", "-t", "-u", "--sctp-service", "-f"),
    scheduler: fc.constantFrom(...SCHEDULERS),
  })
  .chain(({ family, kind, scheduler }) =>
    fc
      .record({
        at: address(family),
        port,
        mark: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }, fc.constant(2 ** 32 - 1)),
        flags: flagsOf(scheduler),
        persistence: persistence(family, kind === "-u"),
        servers: fc.uniqueArray(server(family), { maxLength: 5, selector: ({ key }) => key }),
      })
      .map(({ at, port: p, mark, flags, persistence: more, servers }) => {
        const key = kind === "-f" ? `-f ${mark}${family === 6 ? " -6" : ""}` : `${kind} ${place(family, at, p)}`;
        const words = [`-A ${key} -s ${scheduler}`, ...more, ...(flags.length > 0 ? [`-b ${flags.join(",")}`] : [])];
        const lines = [words.join(" "), ...servers.map((each) => `-a ${key} ${each.words}`)];
        const protocol = kind === "-t" ? "tcp" : kind === "-u" ? "udp" : undefined;
        return {
          key,
          lines,
          traffic: protocol && servers.length > 0 ? [{ protocol, address: at, port: p } as const] : [],
        };
      }),
  );

export const anyKernelTable: fc.Arbitrary<KernelTable> = fc
  .uniqueArray(service, { minLength: 1, maxLength: 6, selector: ({ key }) => key })
  .map((services) => ({
    rules: `${services.flatMap(({ lines }) => lines).join("\n")}\n`,
    traffic: services.flatMap(({ traffic }) => traffic),
  }));
