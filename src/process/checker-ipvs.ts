import { createLogger, type LogSink } from "../core/log.ts";
import type { IpvsClient } from "../ipvs/model.ts";
import type { OpenedIpvs } from "../ipvs/open.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerStatus } from "../virtual-server/model.ts";

/** The kernel's IPVS, opened when it is asked for first; without virtual servers, sync daemons and settings it never is. */
export type LazyIpvs = {
  /** Rejects with DirectorError; a later call tries again. */
  client(): Promise<IpvsClient>;
  transport(): CheckerStatus["transport"];
  close(): Promise<void>;
};

export function createLazyIpvs(open: () => Promise<OpenedIpvs>, sink: LogSink): LazyIpvs {
  const log = createLogger(virtualServerEvents, sink);
  let opening: Promise<IpvsClient> | undefined;
  let transport: CheckerStatus["transport"] = "none";

  const openClient = async (): Promise<IpvsClient> => {
    const { client, reason } = await open();
    const { version } = await client.info();
    transport = client.transport;
    log.info("ipvs.transport", { transport, version, ...(reason !== undefined && { reason }) });
    return client;
  };
  return {
    client() {
      opening ??= openClient().catch((cause: unknown) => {
        opening = undefined;
        throw cause;
      });
      return opening;
    },
    transport: () => transport,
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}
