import { messageOf } from "../core/errors.ts";
import { createLogger } from "../core/log.ts";
import type { IpvsClient } from "../ipvs/model.ts";
import type { OpenedIpvs } from "../ipvs/open.ts";
import { openTableKeeper, type TableKeeper } from "../virtual-server/apply.ts";
import { type HeldSettings, wantedSettings } from "../virtual-server/kernel-settings.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerProcessPlan, CheckerStatus } from "../virtual-server/model.ts";
import { createSettingsKeeper, type SysctlDoor } from "../virtual-server/settings-apply.ts";
import { createLazyIpvs } from "./checker-ipvs.ts";
import { type CountsReader, createCountsReader } from "./kernel-counts.ts";
import type { RoomContext } from "./room.ts";

/** The kernel's IPVS as the checker process keeps it: the table, its settings, and what it counts. */
export type CheckerKernel = {
  /** Rejects with DirectorError; a later call tries again. */
  client(): Promise<IpvsClient>;
  transport(): CheckerStatus["transport"];
  readonly counts: CountsReader;
  /** From now on there is a keeper of the table; `flush`: the table is emptied first. Rejects with DirectorError. */
  openTable(options: { readonly flush: boolean }): Promise<void>;
  /** Undefined while there has been nothing to balance. */
  table(): TableKeeper | undefined;
  /** Sets what a plan asks for; what fails is told, and tried again at the next call. */
  followSettings(plan: CheckerProcessPlan): Promise<void>;
  /** Clears the table and puts the settings back, unless all is to be left; what fails is told. */
  stop(options: { readonly clear: "nothing" | "own" | "all"; readonly leave: boolean }): Promise<void>;
  /** After all who use the client have stopped. */
  close(): Promise<void>;
};

export type KernelOptions = {
  readonly open: () => Promise<OpenedIpvs>;
  readonly sysctl: SysctlDoor;
  /** Settings that a predecessor of this process holds. */
  readonly held: HeldSettings | undefined;
  readonly plan: () => CheckerProcessPlan;
  /** Told when what somebody else changed is repaired, besides the settings. */
  readonly onDrift: () => void;
};

export function createCheckerKernel({ sink, send }: RoomContext, options: KernelOptions): CheckerKernel {
  const { plan, held } = options;
  const log = createLogger(virtualServerEvents, sink);
  const ipvs = createLazyIpvs(options.open, sink);
  const settings = createSettingsKeeper({
    client: ipvs.client,
    sysctl: options.sysctl,
    sink,
    ...(held && { held }),
    onHeld: (now) => send({ t: "saved", part: { settings: now } as object }),
  });
  const followSettings = (next: CheckerProcessPlan): Promise<void> => settings.follow(wantedSettings(next));
  let keeper: TableKeeper | undefined;

  return {
    client: ipvs.client,
    transport: ipvs.transport,
    counts: createCountsReader(ipvs.client),
    async openTable({ flush }) {
      keeper = await openTableKeeper(await ipvs.client(), sink, {
        flush,
        resyncMs: () => plan().resyncMs,
        reportsDrift: () => plan().reportDrift === true,
        onOwned: (services) => send({ t: "saved", part: { services } as object }),
        onDrift() {
          void followSettings(plan());
          options.onDrift();
        },
      });
    },
    table: () => keeper,
    followSettings,
    async stop({ clear, leave }) {
      const notCleared = (cause: unknown): void => log.error("ipvs.notCleared", { message: messageOf(cause) });
      await Promise.all([keeper?.stop(clear).catch(notCleared), settings.stop(leave)]);
    },
    close: ipvs.close,
  };
}
