import { expect, test } from "vitest";
import { Lab } from "./lib/lab.ts";

type Held = { status: number; overruns: number; links: string[]; addresses: string[] };

test("links and addresses are those of `ip` again after more events than the socket could hold", async () => {
  await using lab = await Lab.start();
  const program = await lab.bundle("test/lab/guest/netlink-flood.ts");
  // The input ends once the link addresses are settled: no address is tentative any more.
  const settled =
    "until ip link show fa59 >/dev/null 2>&1 && ! ip addr show tentative | grep -q inet6; do sleep 0.2; done";
  const held = JSON.parse(
    await lab.run("d1", `(${settled}) | ${process.execPath} ${program}`, { timeoutMs: 90_000 }),
  ) as Held;
  expect(held.status).toBe(0);
  expect(held.overruns).toBeGreaterThan(0);
  const shown = await lab.run("d1", "ip -o link");
  const links = [...shown.matchAll(/^\d+: ([^:@]+)\S* <([^>]*)>/gm)].map(([, name, flags]) => {
    return `${name} ${/\bUP\b/.test(flags ?? "") && !/NO-CARRIER/.test(flags ?? "")}`;
  });
  expect(held.links.toSorted()).toEqual(links.toSorted());
  const addresses = [...(await lab.run("d1", "ip -o addr")).matchAll(/inet6? (\S+)/g)].map(([, address]) => address);
  expect(held.addresses.toSorted()).toEqual(addresses.toSorted());
  expect(held.links.length).toBeGreaterThan(80);
});
