/** Does what packets need not wait for: in the order in which it is asked for, but behind this turn of the event loop and the
 *  next, in which a take-over adds its addresses and announces them. A line of a log wakes its reader, and a message the
 *  parent, which on a busy machine run at once and for milliseconds. */
export type Later = {
  (deed: () => void): void;
  /** Does now what is left to do. */
  flush(): void;
};

export function createLater(): Later {
  let deeds: (() => void)[] = [];
  let planned = false;
  const flush = (): void => {
    planned = false;
    const now = deeds;
    deeds = [];
    for (const deed of now) deed();
  };
  const later = (deed: () => void): void => {
    deeds.push(deed);
    if (planned) return;
    planned = true;
    setImmediate(() => setImmediate(flush));
  };
  return Object.assign(later, { flush });
}
