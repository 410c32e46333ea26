import fc from "fast-check";
import { expect, test } from "vitest";
import { textKey } from "../../../src/config/source.ts";
import { ok } from "../../../src/core/result.ts";
import { type LoadedConfiguration, loadConfiguration } from "../../../src/process/configuration.ts";
import { type Reading, readingOf, reread } from "../../../src/process/reread.ts";

const FILE = "/etc/keepalived/keepalived.conf";

const answers = (text: string): ReadonlyMap<string, unknown> => new Map([[textKey(FILE), ok(Buffer.from(text))]]);
const whole = (text: string): LoadedConfiguration => loadConfiguration(FILE, { fresh: answers(text) });
const again = (before: Reading | undefined, text: string): Reading | undefined =>
  before && reread(before, answers(text), FILE, {});

const told = ({ plan, diagnostics, places }: Reading): object => ({ plan, diagnostics, places });

type Server = { readonly host: number; readonly weight: number; readonly check: string };
type Virtual = {
  readonly host: number;
  readonly protocol: "TCP" | "UDP";
  readonly lines: readonly string[];
  readonly servers: readonly Server[];
};

const checks = [
  "",
  "TCP_CHECK { connect_timeout 3 }",
  "TCP_CHECK {\n }",
  "HTTP_GET { url { path / } }",
  "MISC_CHECK {\n misc_path /x\n }",
];
const server = fc.record({
  host: fc.integer({ min: 1, max: 5 }),
  weight: fc.integer({ min: 0, max: 3 }),
  check: fc.constantFrom(...checks),
});
const plainLines = [
  "quorum 9",
  "delay_loop 2",
  "lb_algo rr",
  "sorry_server 192.168.0.2 80",
  "persistence_timeout 50",
  "inhibit_on_failure",
  "# a comment with } and {",
  "snmp_name a",
];
const oddLines = ["wieght 1", "include other.conf", "}", "lb_kind DR", "$B"];
/** Something usual most of the time, so that a file as a whole is right often enough. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: odd });
const virtual: fc.Arbitrary<Virtual> = fc.record({
  host: fc.integer({ min: 1, max: 4 }),
  protocol: mostly(fc.constant<Virtual["protocol"]>("TCP"), fc.constant<Virtual["protocol"]>("UDP")),
  lines: mostly(fc.subarray(plainLines, { maxLength: 3 }), fc.subarray(oddLines, { minLength: 1, maxLength: 2 })),
  servers: mostly(fc.array(server, { minLength: 1, maxLength: 3 }), fc.constant<Server[]>([])),
});

const textOf = ({ host, protocol, lines, servers }: Virtual): string =>
  [
    `virtual_server 10.0.0.${host} 80 {`,
    `    protocol ${protocol}`,
    ...lines.map((line) => `    ${line}`),
    ...servers.map(
      (rs) => `    real_server 192.168.0.${rs.host} 80 {\n        weight ${rs.weight}\n ${rs.check}\n    }`,
    ),
    "}",
  ].join("\n");

const instance = (address: string): string =>
  `vrrp_instance VI { interface lo\n virtual_router_id 1\n track_virtual_server { 10.0.0.1:80 }\n virtual_ipaddress { ${address} } }`;
const rest = mostly(
  fc.constantFrom("", "\n", "# text\n\n", "static_ipaddress {\n}\n"),
  fc.constantFrom(`${instance("10.0.0.1")}\n`, instance("192.168.0.9").replace(/track.*\n/, ""), "$A=1\n"),
);
type File = readonly (readonly [string, Virtual])[];
/** Each virtual server has an address of its own, as a rule. */
const file = fc
  .array(fc.tuple(rest, virtual, mostly(fc.constant(true), fc.constant(false))), { minLength: 1, maxLength: 5 })
  .map((parts): File => parts.map(([before, block, isOwn], i) => [before, isOwn ? { ...block, host: 10 + i } : block]));
const print = (parts: File): string => `${parts.map(([before, block]) => `${before}\n${textOf(block)}`).join("\n")}\n`;

/** The file with some of its virtual servers changed in some way. */
const edited = (parts: File): fc.Arbitrary<File> =>
  fc.tuple(
    ...parts.map(([before, block]) =>
      fc.oneof(
        { weight: 6, arbitrary: fc.constant([before, block] as const) },
        fc.record({ weight: fc.integer({ min: 0, max: 9 }), comment: fc.boolean() }).map(
          ({ weight, comment }) =>
            [
              before,
              {
                ...block,
                lines: comment ? [...block.lines, "# new"] : block.lines,
                servers: block.servers.map((rs, i) => (i === 0 ? { ...rs, weight } : rs)),
              },
            ] as const,
        ),
        { weight: 1, arbitrary: virtual.map((other) => [before, { ...other, host: block.host }] as const) },
        { weight: 1, arbitrary: fc.tuple(rest, virtual) },
      ),
    ),
  );

test("what is read again by blocks is what reading the whole file gives", () => {
  let byBlocks = 0;
  fc.assert(
    fc.property(
      file.chain((parts) => fc.tuple(fc.constant(parts), edited(parts), edited(parts))),
      (files) => {
        let reading: Reading | undefined;
        for (const parts of files) {
          const text = print(parts);
          const fresh = whole(text);
          const quick = again(reading, text);
          if (quick) {
            byBlocks++;
            expect(told(quick)).toEqual(told(readingOf(fresh) as Reading));
            expect(quick.diagnostics).toEqual(fresh.diagnostics);
            expect(fresh.runnable).toBe(true);
          }
          reading = quick ?? readingOf(fresh);
        }
      },
    ),
    process.env.RUNS ? { numRuns: Number(process.env.RUNS) } : { numRuns: 60, seed: 4 },
  );
  expect(byBlocks).toBeGreaterThan(20);
});

const server80 = (weight: number): Server => ({ host: 1, weight, check: "TCP_CHECK { connect_timeout 3 }" });
const fleet = (weights: readonly number[]): string =>
  weights
    .map((weight, i) => textOf({ host: i + 1, protocol: "TCP", lines: [], servers: [server80(weight)] }))
    .join("\n\n");

test("a changed weight is read alone: what did not change is the same value", () => {
  const before = readingOf(whole(fleet([1, 1, 1])));
  const after = again(before, fleet([1, 70, 1]));
  const servers = (reading: Reading | undefined) => reading?.plan.checker.virtualServers ?? [];
  expect(servers(after).map((vs) => vs.realServers[0]?.weight)).toEqual([1, 70, 1]);
  expect(servers(after).map((vs, i) => vs === servers(before)[i])).toEqual([true, false, true]);
  expect(after?.plan.vrrp).toBe(before?.plan.vrrp);
  expect(after?.plan.global).toBe(before?.plan.global);
});

test.for([
  {
    name: "a block comes",
    text: `${fleet([1, 1])}\n\n${textOf({ host: 9, protocol: "TCP", lines: [], servers: [server80(1)] })}`,
  },
  { name: "something else changes", text: `# comment\n${fleet([1, 1])}` },
  { name: "a block is not closed", text: fleet([1, 1]).replace(/\n}$/, "") },
  { name: "a service becomes another", text: fleet([1, 1]).replace("protocol TCP", "protocol UDP") },
  { name: "a real server is another", text: fleet([1, 1]).replace("192.168.0.1", "192.168.0.2") },
  { name: "a line of a block is conditional", text: fleet([1, 1]).replace("weight", "@a weight") },
])("the whole file is read where $name", ({ text }) => {
  expect(again(readingOf(whole(fleet([1, 1]))), text)).toBeUndefined();
});
