import { beforeEach, expect, test, vi } from "vitest";
import { askedFor, listingFailed } from "../../../src/cli/ipvs.ts";
import { writeOut } from "../../../src/cli/ipvs-output.ts";
import { plainListing } from "../../../src/cli/ipvs-plain.ts";
import * as table from "../../../src/cli/ipvs-table.ts";
import { readTableFile } from "../../../src/ipvs/admin/table-file.ts";
import type { ServiceEntry } from "../../../src/ipvs/model.ts";
import { readKernelPlainly } from "../../../src/ipvs/plain-read.ts";

vi.mock("../../../src/cli/without-optimizer.ts", () => ({ withoutOptimizer: () => {} }));
vi.mock("../../../src/cli/ipvs.ts", () => ({ askedFor: vi.fn(), listingFailed: vi.fn(() => 1) }));
vi.mock("../../../src/cli/ipvs-output.ts", () => ({ writeOut: vi.fn() }));
vi.mock("../../../src/ipvs/plain-read.ts", () => ({ readKernelPlainly: vi.fn() }));

const service = (address: string) =>
  ({
    service: {
      id: { kind: "address", protocol: "tcp", address, port: 80 },
      ...{ scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32 },
    },
  }) as unknown as ServiceEntry;

const FILE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A000002:0050 rr 
TCP  0A000001:0050 rr 
  -> 0A000101:0050      Route   1      0          0         
`;
const LISTING = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> 10.0.1.1:80                  Route   1      0          0         
TCP  10.0.0.2:80 rr
`;

let written = "";
beforeEach(() => {
  written = "";
  vi.mocked(askedFor).mockReset().mockResolvedValue("TCP  [2001:db8::1]:80 rr\n");
  vi.mocked(writeOut).mockImplementation(async (data) => {
    written += typeof data === "string" ? data : Buffer.from(data).toString("latin1");
    return true;
  });
  const info = { version: "1.2.1", connectionTableSize: 4096 };
  vi.mocked(readKernelPlainly).mockReturnValue({ info, services: [service("10.0.0.2"), service("10.0.0.1")] });
  const front = 64 * 1024;
  const bytes = new Uint8Array(new ArrayBuffer(front + FILE.length));
  bytes.set(Buffer.from(FILE, "latin1"), front);
  vi.spyOn(table, "tableFile").mockReturnValue(readTableFile(bytes, front));
});

test.for([["-Ln"], ["-ln"], ["-L", "-n"], ["-n", "-L"], ["--list", "--numeric"], ["--numeric", "-l"]])(
  "%s: the table, without the rest of the command",
  async (args) => {
    expect(await plainListing(args)).toBe(0);
    expect(written).toBe(LISTING);
    expect(askedFor).not.toHaveBeenCalled();
  },
);

test.for([[], ["-L"], ["-n"], ["-Ln", "--stats"], ["-Lnc"], ["-L", "-L"], ["-Ln", "-n"], ["-Ln", "--json"], ["-C"]])(
  "%s is for the whole command: nothing is asked or written",
  async (args) => {
    vi.mocked(readKernelPlainly).mockClear();
    expect(await plainListing(args)).toBeUndefined();
    expect(readKernelPlainly).not.toHaveBeenCalled();
    expect(written).toBe("");
  },
);

test("a kernel that does not answer as usual, and one without the file, are left to the whole command", async () => {
  vi.mocked(readKernelPlainly).mockReturnValueOnce(undefined);
  expect(await plainListing(["-Ln"])).toBeUndefined();
  vi.mocked(table.tableFile).mockReturnValueOnce(undefined);
  expect(await plainListing(["-Ln"])).toBeUndefined();
  expect(written).toBe("");
});

test("what the file does not tell is asked for, and a failure there is told as the whole command tells it", async () => {
  const { info } = readKernelPlainly() ?? {};
  if (!info) throw new Error("no info");
  vi.mocked(readKernelPlainly).mockReturnValue({ info, services: [service("10.0.0.2"), service("2001:db8::1")] });
  expect(await plainListing(["-Ln"])).toBe(0);
  expect(written).toMatch(/^TCP {2}10\.0\.0\.2:80 rr\nTCP {2}\[2001:db8::1\]:80 rr\n$/m);
  vi.mocked(askedFor).mockRejectedValue(new Error("gone"));
  expect(await plainListing(["-Ln"])).toBe(1);
  expect(listingFailed).toHaveBeenCalledOnce();
});

test("a reader that has gone ends it", async () => {
  vi.mocked(writeOut).mockResolvedValue(false);
  expect(await plainListing(["-Ln"])).toBe(0);
});
