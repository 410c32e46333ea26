/** Things to be begun, so many in one turn of the event loop. */
export type Parts<T> = {
  /** To be begun with the next part. */
  add(item: T): void;
  /** Begins a part of what there is now, unless a turn of the event loop is awaited already; the rest follows turn by turn. */
  go(): void;
  /** What has not begun never will. */
  stop(): void;
};

export function createParts<T>(most: number, begin: (item: T) => void): Parts<T> {
  let waiting: T[] = [];
  let turn: NodeJS.Immediate | undefined;

  const go = (): void => {
    if (turn) return;
    const part = waiting.length > most ? waiting.splice(0, most) : waiting;
    if (part === waiting) waiting = [];
    else turn = setImmediate(next);
    for (const item of part) begin(item);
  };

  const next = (): void => {
    turn = undefined;
    go();
  };

  return {
    add: (item) => void waiting.push(item),
    go,
    stop() {
      clearImmediate(turn);
      turn = undefined;
      waiting = [];
    },
  };
}
