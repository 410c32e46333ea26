import type { BfdVerdict } from "../../src/bfd/model.ts";
import type { DownReason } from "../../src/checkers/model.ts";

type Common = {
  /** What has happened, in words. */
  readonly fault: string;
  /** Absent: the server stays, or is, up. */
  readonly reason?: DownReason;
  readonly says: string;
};

/** What the file of a FILE_CHECK comes to, one step after the other: a text it holds, or that it is gone, a folder, a FIFO. */
export type FileStep = { readonly text: string } | "gone" | "folder" | "fifo";

export type FileRow = Common & {
  readonly kind: "FILE_CHECK";
  readonly steps: readonly FileStep[];
  readonly weight?: number;
  readonly reverse?: true;
};

export type BfdRow = Common & {
  readonly kind: "BFD_CHECK";
  /** What the BFD process tells of the session, one after the other; "gone": nothing any more. */
  readonly steps: readonly (BfdVerdict | "gone")[];
  readonly alpha?: true;
};

/** What tells of a server without asking it. FILE is the name of a track_file, SESSION that of a bfd_instance. */
export type TrackedRow = FileRow | BfdRow;

const file = (row: Omit<FileRow, "kind">): FileRow => ({ kind: "FILE_CHECK", ...row });
const bfd = (row: Omit<BfdRow, "kind">): BfdRow => ({ kind: "BFD_CHECK", ...row });
const holds = (text: string): FileStep => ({ text });

export const trackedRows: readonly TrackedRow[] = [
  file({ fault: "holds 0", steps: [holds("0\n")], says: "track_file FILE holds 0" }),
  file({ fault: "holds another number", steps: [holds("1\n")], reason: "file", says: "track_file FILE holds 1" }),
  file({
    fault: "holds 0, with reverse",
    steps: [holds("0\n")],
    reverse: true,
    reason: "file",
    says: "track_file FILE holds 0",
  }),
  file({
    fault: "holds a number, with a weight",
    steps: [holds("-3")],
    weight: 2,
    says: "track_file FILE holds -3: weight -6",
  }),
  file({
    fault: "holds a number that times the weight is -2147483648 or less",
    steps: [holds("-1073741824")],
    weight: 2,
    reason: "file",
    says: "track_file FILE holds -1073741824, which times 2 is a fault",
  }),
  file({ fault: "is not there", steps: [], says: "track_file FILE holds 0" }),
  file({ fault: "was there, and is deleted", steps: [holds("1"), "gone"], says: "track_file FILE holds 0" }),
  file({ fault: "holds no number", steps: [holds("fine\n")], says: "track_file FILE holds 0" }),
  file({ fault: "is emptied", steps: [holds("1"), holds("")], says: "track_file FILE holds 0" }),
  file({
    fault: "holds a number that 32 bits do not: the last one counts",
    steps: [holds("1"), holds("99999999999")],
    reason: "file",
    says: "track_file FILE holds 1",
  }),
  file({
    fault: "is a folder: the last number counts",
    steps: [holds("1"), "folder"],
    reason: "file",
    says: "track_file FILE holds 1",
  }),
  file({
    fault: "is a FIFO that nobody writes to: it is empty",
    steps: [holds("1"), "fifo"],
    says: "track_file FILE holds 0",
  }),

  bfd({ fault: "its session is up", steps: ["up"], says: "BFD session SESSION is up" }),
  bfd({
    fault: "nothing was heard for the time of detection, or the other side says so",
    steps: ["up", "down"],
    reason: "bfd",
    says: "BFD session SESSION is down",
  }),
  bfd({ fault: "its session comes up again", steps: ["up", "down", "up"], says: "BFD session SESSION is up" }),
  bfd({
    fault: "the BFD process was replaced, and does not know yet: the last word counts",
    steps: ["down", "unknown"],
    reason: "bfd",
    says: "BFD session SESSION is down",
  }),
  bfd({ fault: "nobody knows yet", steps: ["unknown"], says: "BFD session SESSION is not known yet" }),
  bfd({
    fault: "nobody knows yet, with alpha",
    steps: ["unknown"],
    alpha: true,
    reason: "bfd",
    says: "BFD session SESSION is not known yet",
  }),
  bfd({
    fault: "its session is gone from the configuration: the server stays as it is",
    steps: ["down", "gone"],
    reason: "bfd",
    says: "BFD session SESSION is not known yet",
  }),
];

/** What is said of a row, with the name of its file or session. */
export const saidOfTracked = ({ says }: TrackedRow, name: string): string => says.replaceAll(/FILE|SESSION/g, name);
