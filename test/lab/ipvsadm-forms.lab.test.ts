import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SystemNames } from "../../src/cli/ipvs-names.ts";
import { refusedText } from "../../src/ipvs/admin/messages.ts";
import { parseCommandLine } from "../../src/ipvs/admin/parse.ts";
import { HostWanted } from "../../src/ipvs/admin/values.ts";
import { commandLine } from "./ipvsadm/cases.ts";
import { oddLines } from "./ipvsadm/odd-lines.ts";
import { type Outcome, ours, said } from "./ipvsadm/ours.ts";
import { canStandIn, type KernelState, StandIn } from "./ipvsadm/stand-in.ts";
import { anyServices } from "./ipvsadm/tables.ts";

/** What the ipvsadm binary prints, answers and sends to the kernel, beside ours, on a kernel that a library plays: many
 *  more tables and command lines than a guest has time for. Skipped where ipvsadm or a compiler is missing. */

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const TABLES = full ? 400 : 25;
const COMMAND_LINES = full ? 20_000 : 1000;
const noNames = { host: () => undefined, port: () => undefined };

describe.skipIf(!canStandIn())("as ipvsadm", () => {
  let binary: StandIn;
  beforeAll(() => {
    binary = new StandIn();
  });
  afterAll(() => binary?.[Symbol.dispose]());

  function theirs(args: readonly string[], state: KernelState): Outcome {
    const { sent, ...rest } = binary.run(args, state);
    return { ...rest, sent: sent.map(({ command, attributes }) => said(command, attributes)) };
  }

  test("command lines: what is sent, what is said of wrong ones, and the exit status", () => {
    const state: KernelState = { services: [], connections: HEADING };
    fc.assert(
      fc.property(commandLine, (args) => {
        expect(ours(args, state, noNames)).toEqual(theirs(args, state));
      }),
      { numRuns: COMMAND_LINES, seed: 1131 },
    );
  }, 600_000);

  test("odd words in every place: what is sent, what is said, and the exit status", async () => {
    const state: KernelState = { services: [], connections: HEADING };
    const names = new SystemNames(); // of this machine, as theirs
    const read = async (args: readonly string[]): Promise<Outcome> => {
      try {
        return ours(args, state, names);
      } catch (error) {
        if (!(error instanceof HostWanted)) throw error;
        await names.lookUp(error.host);
        return read(args);
      }
    };
    for (const args of full ? oddLines : oddLines.filter((_, i) => i % 20 === 0))
      expect(await read(args), args.join(" ")).toEqual(theirs(args, state));
  }, 600_000);

  test("tables in every form of listing, and saved", () => {
    fc.assert(
      fc.property(anyServices(), (services) => {
        for (const form of FORMS) {
          const args = form.split(" ");
          expect(ours(args, { services }, noNames), form).toEqual(theirs(args, { services }));
        }
      }),
      { numRuns: TABLES, seed: 1131 },
    );
  }, 600_000);

  test("sync daemons, timeouts and one service", () => {
    const daemons = [
      { role: "master", interface: "eth0", syncId: 3, maxLength: 1400, port: 8848, ttl: 1, group: "224.0.0.81" },
      { role: "backup", interface: "eth1", syncId: 0, group: "ff02::1" },
    ] as const;
    const [services] = fc.sample(anyServices(), { numRuns: 1, seed: 3 });
    const state: KernelState = { services: services ?? [], daemons, timeouts: { tcpS: 1, tcpFinS: 2, udpS: 3 } };
    for (const form of ["-L --daemon", "-L --timeout", "-Ln -f 1", "-Ln -t 10.0.0.1:80 --stats"])
      expect(ours(form.split(" "), state, noNames), form).toEqual(theirs(form.split(" "), state));
  });

  test("connections of both families, and with the data of a persistence engine", () => {
    const state: KernelState = { services: [], connections: HEADING + CONNECTIONS };
    for (const form of ["-Lnc", "-Lnc --persistent-conn"])
      expect(ours(form.split(" "), state, noNames), form).toEqual(theirs(form.split(" "), state));
  });

  test("what is said of each errno, by command", () => {
    for (const line of ERRNO_LINES)
      for (const [errno, number] of Object.entries(ERRNOS)) {
        const { stderr } = binary.run(line.split(" "), { services: [] }, { errno: number });
        const parsed = parseCommandLine(line.split(" "), noNames);
        if (!("request" in parsed)) throw new Error(line);
        expect(`${refusedText(parsed.request, errno)}\n`, `${line}: ${errno}`).toBe(stderr);
      }
  });
});

const FORMS = [
  ...[
    "-Ln",
    "-Ln --stats",
    "-Ln --rate",
    "-Ln --stats --exact",
    "-Ln --rate --exact",
    "-Ln --thresholds",
    "-Ln --nosort",
  ],
  ...["-Ln --persistent-conn", "-Ln --tun-info", "-Ln --stats --thresholds --nosort", "-Sn"],
];
const HEADING = `${"Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData"}\n`;
const SIX = (last: string): string => `2001:0db8:0000:0000:0000:0000:0000:${last}`;
const CONNECTIONS = `TCP C0A87A64 A1B2 C0A87A64 0050 C0A87A0A 0050 ESTABLISHED     899
UDP C0A87A64 0035 C0A87A64 0035 C0A87A0A 0035 UDP             299
IP  C0A87A64 0000 00000007 0000 C0A87A0A 0000 NONE             49
UDP C0A87A64 0000 C0A87A64 13C4 C0A87A0A 13C4 UDP             299 sip 5ef5a0b1@1.2.3.4
TCP ${SIX("0001")} A1B2 ${SIX("0100")} 0050 ${SIX("0010")} 0050 ESTABLISHED     899
SCTP C0A87A64 A1B2 C0A87A64 0050 C0A87A0A 0050 ESTABLISHED   36000
`;
const ERRNO_LINES = [
  ...[
    "-A -f 1",
    "-E -f 1",
    "-D -f 1",
    "-a -f 1 -r 1.1.1.1",
    "-e -f 1 -r 1.1.1.1",
    "-d -f 1 -r 1.1.1.1",
    "-C",
    "-Z -f 1",
  ],
  ...["--set 1 2 3", "--start-daemon master", "--stop-daemon master", "-L -f 1", "-Ln", "-S"],
];
const ERRNOS = {
  ...{
    EPERM: 1,
    ENOENT: 2,
    ESRCH: 3,
    EIO: 5,
    ENXIO: 6,
    ENOMEM: 12,
    EBUSY: 16,
    EEXIST: 17,
    ENODEV: 19,
    EINVAL: 22,
    ERANGE: 34,
  },
  ...{
    EOVERFLOW: 75,
    EMSGSIZE: 90,
    ENOPROTOOPT: 92,
    EPROTONOSUPPORT: 93,
    EOPNOTSUPP: 95,
    EAFNOSUPPORT: 97,
    EADDRINUSE: 98,
  },
  ...{ EADDRNOTAVAIL: 99, ENETDOWN: 100, ENOBUFS: 105 },
};
