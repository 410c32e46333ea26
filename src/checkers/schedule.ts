/** Something that is due at a time. The schedule keeps its place in `slot` (-1: not scheduled) and `at`. */
export type Due = { dueMs: number; slot: number; at: number };

/** A timing wheel (Varghese and Lauck, 1987, scheme 7): adding, moving and removing cost the same however many things are
 *  due, and one timer serves all (armed by its user at `nextMs()`). Monotonic ms; what is due within a millisecond is due
 *  at its end. */
export type Schedule<T extends Due> = {
  /** Adds, or moves when it is scheduled already. What is due in the past is due now. */
  set(item: T, dueMs: number): void;
  delete(item: T): void;
  /** When there is something to take, or the wheel wants to be looked at by take(); undefined when nothing is scheduled. */
  nextMs(): number | undefined;
  /** Takes out one that is due at `nowMs`, the earliest first. */
  take(nowMs: number): T | undefined;
  readonly size: number;
};

/** Each wheel has 256 slots, and a slot of a wheel is as long as the whole wheel below: 1 ms, 256 ms, 65 s, 4.6 h, 49 days. */
const SLOTS = 256;
const WHEELS = 5;
const slotMs = Array.from({ length: WHEELS + 1 }, (_, wheel) => SLOTS ** wheel);
/** The last millisecond that the wheels know, 34 years after the start of this process. */
const lastMs = SLOTS ** WHEELS - 1;
const WORDS = SLOTS / 32;

export function createSchedule<T extends Due>(): Schedule<T> {
  const slots: T[][] = Array.from({ length: SLOTS * WHEELS }, () => []);
  /** A bit for each slot that is not empty. */
  const used = new Uint32Array(WORDS * WHEELS);
  /** Up to this millisecond all has been taken. All of a wheel lies in the turn of it that this is in, so that whatever is
   *  in a lower wheel is due before all that is in a higher one. */
  let cursor = 0;
  let size = 0;

  const place = (item: T): void => {
    const due = Math.min(Math.max(Math.ceil(item.dueMs), cursor), lastMs);
    let wheel = 0;
    while (wheel < WHEELS - 1 && !sameTurn(due, cursor, wheel)) wheel += 1;
    const slot = wheel * SLOTS + (Math.floor(due / (slotMs[wheel] as number)) % SLOTS);
    const items = slots[slot] as T[];
    item.slot = slot;
    item.at = items.push(item) - 1;
    used[slot >> 5] = (used[slot >> 5] as number) | (1 << (slot & 31));
    size += 1;
  };

  const remove = (item: T): void => {
    const items = slots[item.slot] as T[];
    const last = items.pop() as T;
    if (last !== item) {
      items[item.at] = last;
      last.at = item.at;
    }
    if (items.length === 0) used[item.slot >> 5] = (used[item.slot >> 5] as number) & ~(1 << (item.slot & 31));
    item.slot = -1;
    size -= 1;
  };

  /** The first slot that is not empty. */
  const first = (): number | undefined => {
    for (let word = 0; word < used.length; word += 1) {
      const bits = used[word] as number;
      if (bits !== 0) return word * 32 + 31 - Math.clz32(bits & -bits);
    }
    return undefined;
  };

  /** When a slot begins, in the turn of its wheel that the cursor is in. */
  const beginOf = (slot: number): number => {
    const wheel = Math.floor(slot / SLOTS);
    const turnMs = slotMs[wheel + 1] as number;
    return Math.floor(cursor / turnMs) * turnMs + (slot % SLOTS) * (slotMs[wheel] as number);
  };

  return {
    set(item, dueMs) {
      if (item.slot >= 0) remove(item);
      item.dueMs = dueMs;
      place(item);
    },
    delete(item) {
      if (item.slot >= 0) remove(item);
    },
    nextMs() {
      const slot = first();
      return slot === undefined ? undefined : Math.max(beginOf(slot), cursor);
    },
    take(nowMs) {
      for (let slot = first(); slot !== undefined; slot = first()) {
        const begin = beginOf(slot);
        if (begin > nowMs) return undefined;
        cursor = Math.max(cursor, begin);
        const items = slots[slot] as T[];
        if (slot < SLOTS) {
          const item = items[0] as T;
          remove(item);
          return item;
        }
        // The time of this slot has come: what is in it belongs into the wheels below.
        for (let item = items[0]; item; item = items[0]) {
          remove(item);
          place(item);
        }
      }
      return undefined;
    },
    get size() {
      return size;
    },
  };
}

/** Whether two times are in the same turn of a wheel. */
function sameTurn(a: number, b: number, wheel: number): boolean {
  const turnMs = slotMs[wheel + 1] as number;
  return Math.floor(a / turnMs) === Math.floor(b / turnMs);
}
