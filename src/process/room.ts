import type { LogSink } from "../core/log.ts";
import type { RsAnswer, RsCommand } from "../virtual-server/rs-command.ts";
import type { InstanceStateName } from "../vrrp/model.ts";
import type { VrrpAnswer, VrrpCommand } from "../vrrp/vrrp-command.ts";
import type { FromChild } from "./messages.ts";
import type { RoomGlobals } from "./plan-global-model.ts";

/** What the process around a room gives it. `send` never throws: with the parent gone, messages are dropped. */
export type RoomContext = {
  readonly sink: LogSink;
  readonly send: (message: FromChild) => void;
};

/** A running room as the child process around it drives it (checker-main and vrrp-main make one each). */
export type Room<P> = {
  /** Applies the difference between the running plan and this one; rejects with DirectorError and changes nothing. */
  reload(plan: P, global: RoomGlobals): Promise<void>;
  /** Lets go in order (adverts of priority 0, VIPs, table, scripts). `orphaned`: the parent died, see docs. Resolves when done. */
  stop(options: { readonly orphaned: boolean }): Promise<void>;
  /** A snapshot for `status`; cheap, synchronous, plain JSON. */
  status(): unknown;
  /** The same with what others have to be asked for; their silence is waited for a moment and no longer. */
  fullStatus?(): Promise<unknown>;
  /** What the room counts beyond its status, for metrics: plain JSON. */
  metrics?(): unknown;
  /** The kernel's IPVS table with its counters, to the checker room. Rejects with DirectorError. */
  kernelTable?(): Promise<unknown>;
  /** The vrrp room's counters begin again. */
  clearCounters?(): void;
  /** What was said of real servers at run time, to the checker room. Throws DirectorError when it names none. */
  override?(given: RsCommand): RsAnswer;
  /** What was said of an instance at run time, to the vrrp room. Rejects with DirectorError when it cannot be done. */
  command?(given: VrrpCommand): Promise<VrrpAnswer>;
  /** The checker room's view of the VRRP states, for the kernel's sync daemons. */
  vrrpState?(instance: string, state: InstanceStateName): void;
};
