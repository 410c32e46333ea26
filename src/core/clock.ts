/** Monotonic time in ms. Pure code takes `now` as a number; shells read it here. A wall-clock jump never moves it. */
export const nowMs = (): number => performance.now();

/** Wall-clock time in ms since the epoch, for what a person reads ("since when"); never for a deadline. */
export const wallMs = (): number => Date.now();
