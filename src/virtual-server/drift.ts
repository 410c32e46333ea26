import { diffTables } from "../ipvs/diff.ts";
import type { Table } from "../ipvs/model.ts";
import { changeText } from "./changes.ts";

/** Changes named in one line of the log; the rest are only counted. */
const maxNamed = 5;

export type Drift = {
  /** Entries that are not as we left them. */
  readonly entries: number;
  /** What puts them right, in words; empty when there is nothing. */
  readonly changes: string;
};

/** The entries in which two tables differ, by identity: what did not change since the last write is not compared again. */
export function differing(target: Table, held: Table): [Table, Table] {
  const wanted = new Map([...target].filter(([key, entry]) => held.get(key) !== entry));
  return [wanted, new Map([...held].filter(([key, entry]) => target.get(key) !== entry))];
}

/** What somebody else did to the table that we left in the kernel. */
export function driftOf(left: Table, actual: Table): Drift {
  const repairs = diffTables(...differing(left, actual));
  const named = repairs.slice(0, maxNamed).map((command) => changeText(command, actual));
  if (repairs.length > maxNamed) named.push(`and ${repairs.length - maxNamed} more`);
  return { entries: repairs.length, changes: named.join("; ") };
}
