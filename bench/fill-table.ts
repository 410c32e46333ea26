// An empty kernel to a full table with the plan in hand: what the checker process does between its plan and its first word,
// by its own code in a process of its own. fill-table.ts CONFIGURATION: prints wall=MS and cpu=MS.
import { wallMs } from "../src/core/clock.ts";
import { openIpvs } from "../src/ipvs/open.ts";
import { loadConfiguration } from "../src/process/configuration.ts";
import { openTableKeeper } from "../src/virtual-server/apply.ts";
import { desiredTable } from "../src/virtual-server/entries.ts";
import { startFleet } from "../src/virtual-server/fleet.ts";

const { plan } = loadConfiguration(process.argv[2] as string);
if (!plan) throw new Error("the configuration cannot be used");
const { virtualServers } = plan.checker;
const { client } = await openIpvs("genl");

const [fromMs, before] = [performance.now(), process.cpuUsage()];
const { fleet } = startFleet(virtualServers, () => undefined, wallMs());
const keeper = await openTableKeeper(client, () => {}, { flush: false, resyncMs: () => 0 });
await keeper.want({ table: desiredTable(virtualServers, fleet) });
const [tookMs, { user, system }] = [performance.now() - fromMs, process.cpuUsage(before)];

const { error } = keeper.status();
if (error !== undefined) throw new Error(error);
console.log(`wall=${Math.round(tookMs)}\ncpu=${Math.round((user + system) / 1000)}`);
client.close();
