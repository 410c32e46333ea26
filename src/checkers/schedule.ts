/** Something that is due at a time. The schedule keeps its place in `at`; -1 means not scheduled. */
export type Due = { dueMs: number; at: number };

/** A binary heap of what is due when: O(log n) to add, move and remove, and one timer for all (armed by its user at
 *  `nextMs()`). Monotonic ms. */
export type Schedule<T extends Due> = {
  /** Adds, or moves when it is scheduled already. */
  set(item: T, dueMs: number): void;
  delete(item: T): void;
  /** When the first is due; undefined when there is none. */
  nextMs(): number | undefined;
  /** Takes out the first, if it is due at `nowMs`. */
  take(nowMs: number): T | undefined;
  readonly size: number;
};

export function createSchedule<T extends Due>(): Schedule<T> {
  const heap: T[] = [];
  const place = (item: T, at: number): void => {
    heap[at] = item;
    item.at = at;
  };
  const settle = (item: T, from: number): void => {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as T;
      if (above.dueMs <= item.dueMs) break;
      place(above, at);
      at = parent;
    }
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right && right.dueMs < (heap[child] as T).dueMs) child += 1;
      const below = heap[child] as T;
      if (item.dueMs <= below.dueMs) break;
      place(below, at);
      at = child;
    }
    place(item, at);
  };
  const remove = (item: T): void => {
    const { at } = item;
    const last = heap.pop() as T;
    item.at = -1;
    if (last !== item) settle(last, at);
  };
  return {
    set(item, dueMs) {
      item.dueMs = dueMs;
      if (item.at < 0) {
        heap.push(item);
        settle(item, heap.length - 1);
      } else settle(item, item.at);
    },
    delete(item) {
      if (item.at >= 0) remove(item);
    },
    nextMs: () => heap[0]?.dueMs,
    take(nowMs) {
      const first = heap[0];
      if (!first || first.dueMs > nowMs) return undefined;
      remove(first);
      return first;
    },
    get size() {
      return heap.length;
    },
  };
}
