import type { TlsPlan } from "../../checkers/model.ts";
import type { CheckerStatus, VirtualServerPlan } from "../../virtual-server/model.ts";
import type { Plan } from "../plan.ts";
import { checkLines } from "./check.ts";
import { globalLines } from "./global.ts";
import { heading } from "./text.ts";
import {
  groupLines,
  realServerLines,
  sslLines,
  type VirtualServerStatus,
  virtualServerLines,
} from "./virtual-server.ts";

type Served = { readonly plan: VirtualServerPlan; readonly status: VirtualServerStatus };

/** keepalived_check.data: what SIGUSR1 asks of the checker process. */
export function checkerData(plan: Plan, { virtualServers }: Pick<CheckerStatus, "virtualServers">): string {
  const served: readonly Served[] = plan.checker.virtualServers.flatMap((vs) => {
    const status = virtualServers.find(({ name }) => name === vs.name);
    return status ? [{ plan: vs, status }] : [];
  });
  const groups = new Map(served.flatMap(({ plan: { group } }) => (group ? [[group.name, group]] : [])));
  const checks = served.flatMap(checksOf);
  return [
    heading("Global definitions"),
    ...globalLines(plan, "checker"),
    heading("SSL definitions"),
    ...sslLines(tlsOf(plan.checker.virtualServers)),
    heading("LVS Topology"),
    " System is compiled with LVS v1.2.1",
    ...[...groups.values()].flatMap((group, i) => [
      ...(i === 0 ? [` ${heading("Virtual server group")}`] : []),
      ...groupLines(group),
    ]),
    ...served.flatMap((server) => [` ${heading("Virtual server")}`, ...serverLines(server)]),
    ...(checks.length > 0 ? [heading("Health checkers"), ...checks] : []),
    "",
  ].join("\n");
}

/** The block `SSL`, which all that speak TLS share. */
const tlsOf = (servers: readonly VirtualServerPlan[]): TlsPlan | undefined =>
  servers
    .flatMap(({ realServers }) => realServers.flatMap(({ checkers }) => checkers))
    .flatMap(({ probe }) => (probe.kind === "SSL_GET" && probe.tls ? [probe.tls] : []))[0];

const serverLines = ({ plan, status }: Served): readonly string[] => [
  ...virtualServerLines(plan, status),
  ...plan.realServers.flatMap((rs, i) => {
    const told = status.realServers[i];
    return told ? [`   ${heading("Real server")}`, ...realServerLines(rs, told)] : [];
  }),
];

const checksOf = ({ plan, status }: Served): readonly string[] =>
  plan.realServers.flatMap((rs, i) => {
    const told = status.realServers[i];
    if (told === undefined) return [];
    return rs.checkers.flatMap((check, j) =>
      checkLines(check, told.checkers[j], { virtualServer: plan.name, realServer: told.name }),
    );
  });
