import type { DirectorStatus } from "../../../../src/process/status.ts";
import { situations } from "../situations.ts";

/** A director with so many real servers in one virtual server each of `perService`; every hundredth is down. */
export function manyServers(count: number, perService: number): DirectorStatus {
  const { checker, ...rest } = situations["all well"].status;
  if (typeof checker !== "object") throw new Error("no checker part");
  const [service] = checker.virtualServers;
  const [server] = service?.realServers ?? [];
  if (!service || !server) throw new Error("no servers");
  const servers = Array.from({ length: count }, (_, i) => ({
    ...server,
    name: `[10.0.${i >> 8}.${i & 255}]:tcp:80`,
    ...(i % 100 === 99 && { alive: false, inTable: false, why: "TCP_CHECK: connection refused" }),
  }));
  const virtualServers = Array.from({ length: Math.ceil(count / perService) }, (_, i) => ({
    ...service,
    name: `[192.0.2.${i + 1}]:tcp:80`,
    realServers: servers.slice(i * perService, (i + 1) * perService),
  }));
  return { ...rest, checker: { ...checker, virtualServers } };
}
