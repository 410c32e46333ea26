// The matrix of the tracker differential: one vrrp_instance for each cell, many in one configuration.

/** What a cell tracks. Each but the number of a file is good or bad. */
export const KINDS = ["script", "interface", "file", "process", "bfd"] as const;
export type Kind = (typeof KINDS)[number];

/** "well" things are good, bad, good; "ill" ones bad, good, bad. */
export const COURSES = ["well", "ill"] as const;
export type Course = (typeof COURSES)[number];

/** Where a cell's instance stands, as far as its peer has a say: "master": there is none; "backup": one with 250;
 *  "contest": one with 100, which the tracker decides about; "fault": none, but another tracker keeps it in FAULT at first. */
export const ROLES = ["master", "backup", "contest", "fault"] as const;
export type Role = (typeof ROLES)[number];

export const WEIGHTS = [20, -20, 0] as const;

/** A line of one of the lists of trackers. */
export type Track = { readonly list: `track_${Kind}`; readonly line: string };

export type Cell = {
  readonly name: string;
  readonly vrid: number;
  readonly role: Role;
  readonly base: number;
  readonly tracks: readonly Track[];
  /** Other lines of its block. */
  readonly lines?: readonly string[];
  /** Its hooks beside those of the states. */
  readonly hooks?: readonly string[];
  /** Of the matrix: what it tracks. Absent: whatever keepalived does. */
  readonly follows?: Follows;
};

export type Follows = {
  readonly kind: Kind;
  readonly course: Course;
  readonly weight: number;
  readonly reverse: boolean;
};

export type Group = {
  readonly name: string;
  readonly members: readonly string[];
  readonly tracks: readonly Track[];
  /** Other lines of the block. */
  readonly more?: string;
};

/** Processes are seen by all of the machine: those of two runs have two names, of 15 characters at most. */
export const processName = (what: string): string => `lvk-${what.slice(0, 1)}-${process.pid}`;

export const PEER_PRIORITY: Readonly<Partial<Record<Role, number>>> = { backup: 250, contest: 100 };

/** The effective priority that keepalived's arithmetic comes to while what began well is good, or is bad; "fault" where that is none.
 *  A positive weight counts while good, a negative one while bad; reverse turns the sign. A file is a number times the
 *  weight: 0 is its good, 1 its bad. */
export function priorityOf(
  base: number,
  { kind, course, weight, reverse }: Follows,
  wellIsGood: boolean,
): number | "fault" {
  const good = wellIsGood === (course === "well");
  if (weight === 0) return good === reverse ? "fault" : base;
  const counts = kind !== "file" && weight > 0 ? good : !good;
  return counts ? base + (reverse ? -weight : weight) : base;
}

/** A base by which the tracker decides between MASTER and BACKUP, beside a peer of 100. */
const contested = (weight: number, reverse: boolean): number => (weight === 0 || weight < 0 !== reverse ? 110 : 90);

const track = (kind: Kind, course: Course, weight: number, reverse: boolean): Track => ({
  list: `track_${kind}`,
  line: `${kind}_${course} weight ${weight}${reverse ? " reverse" : ""}`,
});

/** Every tracker, course, sign of the weight, reverse and role. */
export function matrix(kinds: readonly Kind[], courses: readonly Course[], firstVrid: number): Cell[] {
  let vrid = firstVrid;
  const cells: Cell[] = [];
  for (const kind of kinds)
    for (const course of courses.filter((one) => kind !== "bfd" || one === "ill")) // no session is up at a start
      for (const weight of WEIGHTS)
        for (const reverse of [false, true])
          for (const role of ROLES) {
            const base = role === "contest" ? contested(weight, reverse) : 100;
            const sign = weight === 0 ? "zero" : weight > 0 ? "plus" : "minus";
            cells.push({
              name: [kind, course, sign, ...(reverse ? ["reverse"] : []), role].join("_"),
              vrid: vrid++,
              role,
              base,
              tracks: [track(kind, course, weight, reverse)],
              follows: { kind, course, weight, reverse },
            });
          }
  return cells;
}
