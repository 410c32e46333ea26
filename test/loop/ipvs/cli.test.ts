import { afterEach, expect, test, vi } from "vitest";
import { ipvsCommand } from "../../../src/cli/ipvs.ts";

const usage = "usage: lvskeeper ipvs -Ln [--stats | --rate] [--exact] [--sort | --nosort] [--json]";

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

afterEach(() => void vi.restoreAllMocks());

test.for([
  { args: [], says: usage },
  { args: ["-n"], says: usage },
  { args: ["-L"], says: "host and service names are not looked up; add -n" },
  { args: ["-Ln", "--sats"], says: `unknown option \`--sats\`; ${usage}` },
  { args: ["-Ln", "-q"], says: `unknown option \`-q\`; ${usage}` },
  { args: ["-Ln", "192.0.2.1"], says: `unexpected argument \`192.0.2.1\`; ${usage}` },
  { args: ["-Lnc"], says: `\`-c\` is not supported here; use \`ipvsadm -c …\`. ${usage}` },
  { args: ["-Ln", "--timeout"], says: `\`--timeout\` is not supported here; use \`ipvsadm --timeout …\`. ${usage}` },
  {
    args: ["-A", "-t", "192.0.2.1:80"],
    says: `\`-A\` is not supported here; use \`ipvsadm -A …\`. ${usage}`,
  },
])("$args: one line, exit 2, and the kernel is not asked", async ({ args, says }) => {
  const stderr = capture(process.stderr);
  expect(await ipvsCommand(args)).toBe(2);
  expect(stderr).toEqual([`lvskeeper ipvs: ${says}\n`]);
});

test("--help is the usage, on stdout", async () => {
  const stdout = capture(process.stdout);
  expect(await ipvsCommand(["--help"])).toBe(0);
  expect(stdout).toEqual([`${usage}\n`]);
});
