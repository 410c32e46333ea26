import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What was seen of one instance or group: what it said, ran and sent in each phase in which there was anything. */
export type Story = ReadonlyMap<string, string>;

/** Where the two differ, by phase; "": nothing was seen. */
export type Differences = Readonly<Record<string, { readonly keepalived: string; readonly ours: string }>>;

const FILE = fileURLToPath(new URL("../../golden/tracker-differences.json", import.meta.url));

type ByName = Readonly<Record<string, Differences>>;

/** By the heading in docs/compatibility.md that says why, by what was run, and by instance or group. */
const known = JSON.parse(readFileSync(FILE, "utf8")) as Readonly<Record<string, Readonly<Record<string, ByName>>>>;

export function knownDifferences(
  run: string,
  name: string,
): { readonly heading: string; readonly differences: Differences } | undefined {
  for (const [heading, { [run]: names }] of Object.entries(known)) {
    const differences = names?.[name];
    if (differences) return { heading, differences };
  }
  return undefined;
}

export function differencesOf(theirs: Story, ours: Story): Differences {
  const phases = [...new Set([...theirs.keys(), ...ours.keys()])].filter(
    (phase) => theirs.get(phase) !== ours.get(phase),
  );
  return Object.fromEntries(
    phases.map((phase) => [phase, { keepalived: theirs.get(phase) ?? "", ours: ours.get(phase) ?? "" }]),
  );
}

/** A member of a group that goes along with another one says goodbye here, and not in keepalived; which of them goes first is
 *  chance. True when this one did. */
export function saysGoodbyeAlone(differences: Differences): boolean {
  const [one, ...others] = Object.values(differences);
  return one !== undefined && others.length === 0 && one.ours === `${one.keepalived} 0`;
}
