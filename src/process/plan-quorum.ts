import { isGiven, placeOf } from "../config/place.ts";
import type { LbKind } from "../virtual-server/argument-options.ts";
import type { RealServerPlan, SorryServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { ServerContext } from "./plan-context.ts";
import { checkFamily, destinationPort, namedPort } from "./plan-real-server.ts";
import { forwardingOf } from "./plan-scheduling.ts";
import { checkOrder, type ServicePlan } from "./plan-service.ts";

type Quorum = Pick<VirtualServerPlan, "quorum" | "hysteresis">;

/** A quorum that all servers together do not reach is brought down to what they reach, at least 1. */
export function planQuorum(
  block: VirtualServer,
  servers: readonly RealServerPlan[],
  { problems }: ServerContext,
): Quorum {
  const possible = servers.reduce((sum, { weight }) => sum + weight, 0);
  const quorum = Math.min(block.quorum, Math.max(1, possible));
  if (quorum !== block.quorum)
    problems.warning(
      "vs/quorum",
      `quorum ${block.quorum} cannot be reached: all weights together are ${possible}`,
      placeOf(block, "quorum"),
      { hint: `${quorum} is used` },
    );
  const hysteresis = Math.min(block.hysteresis, quorum - 1);
  if (hysteresis !== block.hysteresis)
    problems.warning(
      "vs/hysteresis",
      `hysteresis ${block.hysteresis} has to be less than the quorum ${quorum}`,
      placeOf(block, "hysteresis"),
      { hint: `${hysteresis} is used` },
    );
  return { quorum, hysteresis };
}

/** A server that is real and sorry server at once has one entry in the table, which is kept at weight 0 or not: what the real
 *  server says counts, as in keepalived. */
export function withEqualInhibit(
  block: VirtualServer,
  servers: readonly RealServerPlan[],
  sorry: SorryServerPlan | undefined,
  { problems }: ServerContext,
): { readonly sorryServer?: SorryServerPlan } {
  if (!sorry) return {};
  const inhibit = servers.find(
    ({ address, port }) => address === sorry.address && port === sorry.port,
  )?.inhibitOnFailure;
  if (inhibit === undefined || inhibit === sorry.inhibit) return { sorryServer: sorry };
  problems.warning(
    "vs/sorry-inhibit",
    `the sorry server is a real server too, and is${inhibit ? "" : " not"} kept in the table with weight 0, as that one`,
    placeOf(block, "sorry_server"),
    { hint: "give both of `inhibit_on_failure` and `sorry_server_inhibit`, or none" },
  );
  return { sorryServer: { ...sorry, inhibit } };
}

const SORRY_OPTIONS = ["sorry_server_inhibit", "sorry_server_lvs_method"] as const;

export function planSorry(
  block: VirtualServer,
  service: ServicePlan,
  method: LbKind,
  context: ServerContext,
): SorryServerPlan | undefined {
  const server = block.sorry_server;
  if (!server) {
    checkNoSorry(block, context);
    return undefined;
  }
  if (block.sorry_server_lvs_method) checkOrder(block, "sorry_server_lvs_method", "sorry_server", context);
  const kind = block.sorry_server_lvs_method ?? method;
  checkFamily(service, server.address, kind, block, ["sorry_server"], context);
  const port = destinationPort(service, kind, server.port, block, ["sorry_server"], context);
  return {
    address: server.address,
    port,
    ...namedPort(service, port, server.port),
    forwarding: forwardingOf(kind),
    inhibit: block.sorry_server_inhibit,
  };
}

function checkNoSorry(block: VirtualServer, { problems }: ServerContext): void {
  for (const name of SORRY_OPTIONS)
    if (block[name] && !isGiven(block, "sorry_server"))
      problems.warning(
        "vs/no-sorry-server",
        `\`${name}\` has no effect: there is no \`sorry_server\``,
        placeOf(block, name),
        {
          hint: "add `sorry_server ADDRESS PORT`, or remove it",
        },
      );
}
