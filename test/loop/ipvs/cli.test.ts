import { afterEach, expect, test, vi } from "vitest";
import { ipvsCommand } from "../../../src/cli/ipvs.ts";
import { DirectorError } from "../../../src/core/errors.ts";
import type { IpvsClient } from "../../../src/ipvs/model.ts";
import { openIpvs } from "../../../src/ipvs/open.ts";

// What is said of wrong use is held against the real binary in test/lab/ipvsadm-forms.lab.test.ts.
vi.mock("../../../src/ipvs/open.ts", () => ({ openIpvs: vi.fn() }));

function capture(stream: NodeJS.WriteStream): string[] {
  const written: string[] = [];
  vi.spyOn(stream, "write").mockImplementation((text, ...rest: unknown[]) => {
    written.push(String(text));
    const done = rest.find((argument) => typeof argument === "function");
    if (done) (done as () => void)();
    return true;
  });
  return written;
}

/** A kernel that may not be asked anything. */
function kernel(): { asked: string[] } {
  const asked: string[] = [];
  const client = new Proxy({} as IpvsClient, {
    get: (_, name) =>
      name === "close" || name === "then" ? (name === "then" ? undefined : () => {}) : () => asked.push(String(name)),
  });
  vi.mocked(openIpvs).mockResolvedValue({ client });
  return { asked };
}

afterEach(() => void vi.restoreAllMocks());

test.for([
  { args: ["-n"] },
  { args: ["-Ln", "--sats"] },
  { args: ["-Ln", "-q"] },
  { args: ["-Ln", "192.0.2.1"] },
  { args: ["-A"] },
  { args: ["-a", "-t", "192.0.2.1:80"] },
  { args: ["-A", "-D", "-t", "192.0.2.1:80"] },
  { args: ["-A", "-t", "no-such-host.invalid:80"] },
])("$args: refused, and the kernel is not asked", async ({ args }) => {
  const stderr = capture(process.stderr);
  const stdout = capture(process.stdout);
  const { asked } = kernel();
  expect(await ipvsCommand(args)).toBeGreaterThan(0);
  expect(asked).toEqual([]);
  expect([...stderr, ...stdout].join("")).not.toBe("");
});

test("--help is the usage, on stdout, and needs no kernel", async () => {
  const stdout: string[] = [];
  const write = async (data: string | Uint8Array): Promise<boolean> => stdout.push(String(data)) > 0;
  expect(await ipvsCommand(["--help"], "lvskeeper ipvs", write)).toBe(0);
  expect(stdout.join("")).toContain("lvskeeper ipvs");
});

test.for([
  { code: "EPERM", says: "Permission denied (you must be root)" },
  { code: "ipvs/none", says: "Protocol not available" },
])("a kernel that cannot be asked ($code): ipvsadm's words, exit 2", async ({ code, says }) => {
  const stderr = capture(process.stderr);
  vi.mocked(openIpvs).mockRejectedValue(new DirectorError(code, "no"));
  expect(await ipvsCommand(["-Ln"])).toBe(2);
  expect(stderr.join("")).toContain(`Can't initialize ipvs: ${says}\n`);
});
