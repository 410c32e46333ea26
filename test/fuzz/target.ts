import type fc from "fast-check";

/** Files of one case, by their name in the case's folder; `keepalived.conf` is the one that is checked. */
export type Files = readonly (readonly [name: string, content: string | Uint8Array])[];

/** What is fuzzed: where its cases come from, and what has to hold of each. `check` throws for what does not; it runs in a
 *  thread of its own, so that one which never ends can be ended. */
export type Target = {
  readonly cases: fc.Arbitrary<Files>;
  check(files: Files): void;
};
