import type { Scenario, Trouble } from "./simulation-scenario.ts";

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Entry = { readonly at: number; readonly order: number; readonly run: () => void };

/** What is going to happen, by time; what is due at the same time in the order in which it was planned. */
export class Agenda {
  now = 0;
  private readonly heap: Entry[] = [];
  private planned = 0;

  plan(at: number, run: () => void): void {
    const entry = { at: Math.max(at, this.now), order: this.planned++, run };
    const { heap } = this;
    let i = heap.push(entry) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && before(entry, heap[parent] as Entry); parent = (i - 1) >> 1) {
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Does the next thing that is due until `until`; false when there is none. */
  next(until: number): boolean {
    const { heap } = this;
    const first = heap[0];
    if (!first || first.at > until) {
      this.now = until;
      return false;
    }
    const last = heap.pop() as Entry;
    if (heap.length > 0) this.sink(last);
    this.now = first.at;
    first.run();
    return true;
  }

  private sink(entry: Entry): void {
    const { heap } = this;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, entry)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = entry;
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Takes a packet of one router to others. */
export class Network {
  /** What is wrong just now. */
  readonly troubles = new Set<Trouble>();
  private readonly agenda: Agenda;
  private readonly random: () => number;
  private readonly intervalMs: number;
  private readonly deliver: (to: number, packet: Uint8Array, spoiled: boolean) => void;

  constructor(
    { intervalMs }: Pick<Scenario, "intervalMs">,
    agenda: Agenda,
    random: () => number,
    deliver: (to: number, packet: Uint8Array, spoiled: boolean) => void,
  ) {
    this.agenda = agenda;
    this.random = random;
    this.intervalMs = intervalMs;
    this.deliver = deliver;
  }

  send(from: number, to: number, packet: Uint8Array, headerBytes: number): void {
    const met = [...this.troubles].filter((t) => (t.from >> from) & 1 && (t.to >> to) & 1);
    const happens = (chance: (t: Trouble) => number): boolean => met.some((t) => this.random() < chance(t));
    const copies = happens((t) => t.doubled) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (happens((t) => t.lost)) continue;
      const late = Math.max(0, ...met.map((t) => t.delay)) * this.intervalMs * this.random();
      const spoiled = happens((t) => t.spoiled);
      const bytes = spoiled ? this.spoil(packet, headerBytes) : packet;
      this.agenda.plan(this.agenda.now + wholeDelayMs(this.intervalMs) * this.random() + late, () =>
        this.deliver(to, bytes, spoiled),
      );
    }
  }

  /** One bit of its payload: the kernel looks after the header. */
  private spoil(packet: Uint8Array, headerBytes: number): Uint8Array {
    const at = headerBytes + Math.floor(this.random() * (packet.length - headerBytes));
    return packet.with(at, (packet[at] as number) ^ (1 << Math.floor(this.random() * 8)));
  }
}

/** The longest way of a packet through a network that is whole. */
export const wholeDelayMs = (intervalMs: number): number => Math.min(1, intervalMs / 40);
