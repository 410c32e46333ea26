import type { Instance } from "./instance.ts";
import type { InstanceHost } from "./instance-host.ts";
import { vridOf } from "./receive.ts";
import { type Channel, channelOf, type SocketPool, sameChannel } from "./socket-pool.ts";
import type { VrrpSocket } from "./sockets.ts";
import type { IpPacket } from "./wire/ip.ts";

/** Who is to hear what comes by the sockets. */
export class Listeners {
  private readonly byVrid = new Map<number, readonly Instance[]>();
  private readonly sockets: Pick<SocketPool, "get">;
  /** Where instances are that hear an advert again and again. */
  readonly ear: NonNullable<InstanceHost["ear"]> = {
    know: (instance, packet) => {
      const { plan } = instance;
      const isAlone = plan.interface !== "" && this.of(channelOf(plan), plan.vrid).length === 1;
      if (isAlone) this.socketOf(instance)?.know(packet);
    },
    forget: (instance) => this.socketOf(instance)?.forget(instance.plan.vrid),
    heard: (instance) => this.socketOf(instance)?.heard(instance.plan.vrid),
  };

  constructor(sockets: Pick<SocketPool, "get">) {
    this.sockets = sockets;
  }

  add(instance: Instance): void {
    const { vrid } = instance.plan;
    this.byVrid.set(vrid, [...(this.byVrid.get(vrid) ?? []), instance]);
  }

  delete(instance: Instance): void {
    const { vrid } = instance.plan;
    this.byVrid.set(vrid, this.byVrid.get(vrid)?.filter((one) => one !== instance) ?? []);
  }

  received(channel: Channel, packet: IpPacket): void {
    for (const instance of this.of(channel, vridOf(packet))) {
      const { plan } = instance;
      // What is bound to no interface is handed the adverts for all of them.
      if (plan.interface !== "" || packet.destination === plan.sourceAddress) instance.receive(packet);
    }
  }

  socketOf(instance: Instance): VrrpSocket | undefined {
    return this.sockets.get(channelOf(instance.plan)).socket;
  }

  /** Reads what has come for an instance, where it matters: its timer seems to have run out. */
  catchUp(instance: Instance): void {
    instance.catchUp();
    if (!instance.isDue) return;
    this.socketOf(instance)?.drain();
    instance.catchUp();
  }

  /** The instances that adverts of a VRID on a channel are for. */
  private of(channel: Channel, vrid: number | undefined): readonly Instance[] {
    const same = vrid === undefined ? [] : (this.byVrid.get(vrid) ?? []);
    return same.filter(({ plan }) => sameChannel(channelOf(plan), channel));
  }
}
