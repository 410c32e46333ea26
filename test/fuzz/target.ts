import type fc from "fast-check";

/** Files of one case, by their name in the case's folder. Of a configuration, `keepalived.conf` is the one that is checked. */
export type Files = readonly (readonly [name: string, content: string | Uint8Array])[];

/** What is fuzzed: where its cases come from, and what has to hold of each. `check` throws for what does not; it runs in a
 *  thread of its own, so that one which never ends can be ended. */
export type Target = {
  readonly cases: fc.Arbitrary<Files>;
  /** Its part of the time, in parts of the others'. */
  readonly share: number;
  check(files: Files): void | Promise<void>;
};

/** A file of a case; one that is not there is empty. */
export function bytesOf(files: Files, name: string): Uint8Array {
  const content = files.find(([file]) => file === name)?.[1] ?? "";
  return typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
}

export const textOf = (files: Files, name: string): string => new TextDecoder().decode(bytesOf(files, name));
