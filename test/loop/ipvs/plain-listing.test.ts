import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { askedFor, listingFailed } from "../../../src/cli/ipvs.ts";
import { writeOut } from "../../../src/cli/ipvs-output.ts";
import { plainListing } from "../../../src/cli/ipvs-plain.ts";
import { encodeCommand } from "../../../src/ipvs/genl-codec.ts";
import { readKernelPlainly } from "../../../src/ipvs/plain-read.ts";

vi.mock("../../../src/cli/without-optimizer.ts", () => ({ withoutOptimizer: () => {} }));
vi.mock("../../../src/cli/ipvs.ts", () => ({ askedFor: vi.fn(), listingFailed: vi.fn(() => 1) }));
vi.mock("../../../src/cli/ipvs-output.ts", () => ({ writeOut: vi.fn() }));
vi.mock("../../../src/ipvs/plain-read.ts", () => ({ readKernelPlainly: vi.fn() }));
vi.mock("../../../src/cli/ipvs-table.ts", async (original) => {
  const { listPlainly } = await original<typeof import("../../../src/cli/ipvs-table.ts")>();
  const ofFile: typeof listPlainly = (options, write, asked) => listPlainly(options, write, asked, file);
  return { listPlainly: ofFile };
});

/** The attributes of a dump. */
const read = (...addresses: readonly string[]): Buffer => Buffer.concat(addresses.map(dumped));
const dumped = (address: string): Buffer =>
  encodeCommand({
    op: "addService",
    service: {
      id: { kind: "address", protocol: "tcp", address, port: 80 },
      ...{ scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: address.includes(":") ? 128 : 32 },
    },
  }).attributes as Buffer;

const folder = mkdtempSync(path.join(tmpdir(), "plain-"));
const file = path.join(folder, "ip_vs");
afterAll(() => rmSync(folder, { recursive: true }));

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

const HEADING_LENGTH = LISTING.indexOf("TCP");

let written = "";
beforeEach(() => {
  written = "";
  vi.mocked(askedFor).mockReset().mockResolvedValue("TCP  [2001:db8::1]:80 rr\n");
  vi.mocked(writeOut).mockImplementation(async (data) => {
    written += typeof data === "string" ? data : Buffer.from(data).toString("latin1");
    return true;
  });
  vi.mocked(readKernelPlainly).mockReturnValue(read("10.0.0.2", "10.0.0.1"));
  writeFileSync(file, FILE);
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
  rmSync(file);
  expect(await plainListing(["-Ln"])).toBeUndefined();
  expect(written).toBe("");
});

test("a text that does not begin as the listing does is left to the whole command", async () => {
  writeFileSync(file, FILE.slice(1));
  expect(await plainListing(["-Ln"])).toBeUndefined();
  expect(written).toBe("");
});

test("what the file does not tell is asked for, and a failure there is told as the whole command tells it", async () => {
  vi.mocked(readKernelPlainly).mockReturnValue(read("10.0.0.2", "2001:db8::1"));
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

test("services are asked for some at a time, between those that the text tells", async () => {
  const all = Array.from({ length: 200 }, (_, i) => `10.1.0.${i}`);
  vi.mocked(readKernelPlainly).mockReturnValue(read(...all, "10.0.0.2"));
  vi.mocked(askedFor).mockImplementation(async (entries) => `${entries.length}\n`);
  expect(await plainListing(["-Ln"])).toBe(0);
  expect(written.slice(HEADING_LENGTH)).toBe("TCP  10.0.0.2:80 rr\n64\n64\n64\n8\n");
});

test("a text that is longer than usual is read whole", async () => {
  const line = "  -> 0A000101:0050      Route   1      0          0         \n";
  writeFileSync(file, `${FILE}UDP  0A000001:0050 rr \n${line.repeat(200_000)}TCP  0A000003:0050 rr \n${line}`);
  vi.mocked(readKernelPlainly).mockReturnValue(read("10.0.0.3"));
  expect(await plainListing(["-Ln"])).toBe(0);
  expect(written.slice(HEADING_LENGTH)).toBe(
    "TCP  10.0.0.3:80 rr\n  -> 10.0.1.1:80                  Route   1      0          0         \n",
  );
});
