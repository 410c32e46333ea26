import type { Logger } from "../core/log.ts";
import type { BeatSocket } from "./advert-beat.ts";
import type { Fib } from "./fib.ts";
import type { Firewall } from "./firewall.ts";
import type { Instance } from "./instance.ts";
import type { Leases } from "./leases.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { AdvertEvent, NotifiedState } from "./machine.ts";
import type { InstanceStateName } from "./model.ts";
import type { Heard } from "./sockets.ts";
import type { Deadline } from "./timers.ts";
import type { PlacedAddress } from "./vip-plan.ts";
import type { Vips } from "./vips.ts";

/** What an instance needs of the director around it. */
export type InstanceHost = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly vips: Pick<Vips, "hold" | "release">;
  readonly fib: Pick<Fib, "hold" | "release">;
  readonly firewall: Pick<Firewall, "block" | "unblock">;
  now(): number;
  wallMs(): number;
  createDeadline(instance: Instance, due: (now: number) => void): Deadline;
  /** The errno name when the packet could not be sent. */
  send(instance: Instance, packet: Uint8Array, destination: string): string | undefined;
  /** The socket of its interface, where there is one. */
  socketOf?(instance: Instance): BeatSocket | undefined;
  /** The ear of its socket. `know` does nothing where more than one instance may be meant. */
  readonly ear?: {
    know(instance: Instance, packet: Uint8Array): void;
    forget(instance: Instance): void;
    heard(instance: Instance): Heard | undefined;
  };
  /** Where the leases of masters are renewed together. */
  readonly leases?: Leases;
  /** Gratuitous ARP for these addresses; none are waiting any more after `silence`. */
  announce(instance: Instance, addresses: readonly PlacedAddress[], repeat: number): void;
  silence(instance: Instance): void;
  mayLead(instance: Instance): boolean;
  /** State or effective priority is another than before; all effects have been carried out. */
  moved(instance: Instance, from: InstanceStateName): void;
  notify(instance: Instance, state: NotifiedState, priority: number): void;
  electionForced(instance: Instance): void;
  /** Asks the links who has its addresses, and with `witnesses` those whether they are there. */
  ask?(instance: Instance, witnesses: boolean): void;
  /** An advert was accepted. */
  heard?(instance: Instance, advert: AdvertEvent): void;
};
