import type { Make, Row } from "./vrrp-rows.ts";

/** One row of docs/interop.md: a configuration, and who is on either side of it. */
export type Cell = { readonly row: Row; readonly master: Make; readonly backup: Make; readonly name: string };

/** Until the one of whom it is asked was MASTER, alone where the other one lives. */
export type Seen = {
  readonly electionMs: number;
  readonly stopMs: number;
  readonly crashMs: number;
  /** The longer of the two returns, after the stop and after the crash. */
  readonly returnMs: number;
};

const LABEL = { ours: "lvskeeper", keepalived: "keepalived", FRR: "FRR" } as const;
const HEAD = "| Configuration | Master | Backup | Election | Stop | Crash | Return |";

/** Each row with each of its peers, in both directions. */
export const cells = (rows: readonly Row[]): Cell[] =>
  rows.flatMap((row) =>
    row.peers
      .flatMap((peer) => [
        { row, master: "ours" as Make, backup: peer },
        ...(peer === "ours" ? [] : [{ row, master: peer, backup: "ours" as Make }]),
      ])
      .map((cell) => ({ ...cell, name: `${row.name} | ${LABEL[cell.master]} | ${LABEL[cell.backup]}` })),
  );

/** The names of the cells that a page has, in its order. */
export const namesIn = (text: string): string[] =>
  text
    .slice(text.indexOf(HEAD))
    .split("\n")
    .slice(2)
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2).split(" | ").slice(0, 3).join(" | "));

/** docs/interop.md of a run in which all of these cells were seen. */
export function page(
  all: readonly Cell[],
  seen: ReadonlyMap<Cell, Seen>,
  versions: Readonly<Record<"keepalived" | "FRR", string>>,
): string {
  const line = (cell: Cell): string => {
    const { electionMs, stopMs, crashMs, returnMs } = seen.get(cell) as Seen;
    return `| ${cell.name} | ${[electionMs, stopMs, crashMs, returnMs].map(seconds).join(" | ")} |`;
  };
  return `# Beside other routers

Written by \`npm run lab:full -- vrrp-interop\`; do not edit. Peers: keepalived ${versions.keepalived} and FRR ${versions.FRR}, as Debian has them.
The routers stand in network namespaces on one switch; priorities are 150 and 100, adverts come once a second in version 2 and every
300 ms in version 3. lvskeeper and keepalived get the same text.

- **Election**: they start one after the other, the better one last; until it is MASTER, alone.
- **Stop**: the better one ends in order; until the other one is MASTER (within the skew: 0.61 s, 0.18 s).
- **Crash**: all of the better one is killed with SIGKILL; until the other one is MASTER (three intervals and the skew: 3.61 s, 1.08 s).
- **Return**: the better one starts again; until it is MASTER, alone. The longer one of after the stop and after the crash.

Times include those of looking (20 ms for lvskeeper and keepalived, whose addresses are looked for; a call of vtysh for FRR, whose own
word is taken), and of starting a process on a busy machine. lvskeeper dropped no advert of the other one, but for
the sequence numbers of AH when there had been two masters; keepalived told of no bad checksum and of no mismatch.

Neither of these peers can be told the checksum of \`v3_checksum_as_v2\`: that row has lvskeeper on both sides. The checksum of
\`old_unicast_checksum\`, which keepalived before 1.3.7 has, is not here: 2.2.7 is told to send it in test/lab/vrrp-ways.

${HEAD}
| --- | --- | --- | --: | --: | --: | --: |
${all.map(line).join("\n")}
`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
