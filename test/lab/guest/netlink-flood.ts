// Keeps the host's links and addresses by an event socket of 4 KiB while hundreds of them come and go; prints what it
// holds in the end, and how often the kernel had to drop events.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { RouteMonitor } from "../../../src/netlink/route.ts";
import { kernelSocket, protocols } from "../../../src/netlink/socket.ts";

let overruns = 0;
const monitor = await RouteMonitor.open({
  openEvents: (events) =>
    kernelSocket(
      protocols.route,
      4096,
    )({
      ...events,
      overrun: () => {
        overruns += 1;
        events.overrun();
      },
    }),
});
const pairs = Array.from({ length: 60 }, (_, i) => i);
const batch = [
  ...pairs.map((i) => `link add fa${i} type veth peer name fb${i}`),
  ...pairs.map((i) => `addr add 10.99.${i}.1/24 dev fa${i}`),
  ...pairs.flatMap((i) => [`link set fa${i} up`, `link set fb${i} up`, `link set fb${i} down`]),
  ...pairs.filter((i) => i % 3 === 0).map((i) => `link del fa${i}`),
];
const ip = spawn("ip", ["-batch", "-"], { stdio: ["pipe", "inherit", "inherit"] });
ip.stdin.end(`${batch.join("\n")}\n`);
// This process is busy meanwhile, as a loaded director is: the events pile up.
const busyUntil = performance.now() + 1000;
while (performance.now() < busyUntil);
const [status] = await once(ip, "exit");
process.stdin.resume();
await once(process.stdin, "end"); // until the test says that the kernel has come to rest
const links = monitor.links().map(({ name, up }) => `${name} ${up}`);
const addresses = monitor.addresses().map(({ address, prefixLength }) => `${address}/${prefixLength}`);
monitor.close();
process.stdout.write(JSON.stringify({ status, overruns, links, addresses }));
