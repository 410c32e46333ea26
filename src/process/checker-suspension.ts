import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { isSuspended } from "../virtual-server/suspension.ts";
import type { LocalAddresses, WatchAddresses } from "./local-addresses.ts";

/** Which virtual servers are not checked, because their address is not on this host (ha_suspend). */
export type Suspension = {
  /** Watches the addresses from now on, where this plan asks for it. */
  follow(plan: CheckerProcessPlan): Promise<void>;
  has(plan: VirtualServerPlan): boolean;
  close(): void;
};

/** Where the addresses cannot be watched, that is told and nothing is suspended. */
export function createSuspension(watch: WatchAddresses, sink: LogSink): Suspension {
  const log = createLogger(virtualServerEvents, sink);
  const trouble = (message: string): void => log.error("addresses.unknown", { message });
  let addresses: LocalAddresses | undefined;
  return {
    async follow({ virtualServers }) {
      if (addresses || !virtualServers.some(({ haSuspend }) => haSuspend)) return;
      addresses = await watch(trouble).catch((cause: unknown) => void trouble(messageOf(cause)));
    },
    has: (plan) => addresses !== undefined && isSuspended(plan, (address) => addresses?.has(address) === true),
    close: () => addresses?.close(),
  };
}
