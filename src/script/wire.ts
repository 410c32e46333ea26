import { constants } from "node:os";
import type { RunOptions, ScriptSpec } from "./model.ts";

/** What the process that runs scripts is told and tells: one packet each, numbers of 32 bits in the byte order of this
 *  machine; native/script_wire.h has the same.
 *  asked: 0 ask (1 run, 2 end, 3 ping, 4 sweep) · 4 id · 8 flags · 12 time limit, ms · 16 bytes to keep · 20 uid · 24 gid · 28 count of groups
 *         32 groups · then the arguments, each with a zero byte behind it; of a sweep a start
 *  told:  0 id · 4 how · 8 exit status, signal or errno · 12 the end of its output; of a start 12 process id · 16 when it was
 *         started, 64 bits · 24 its mark, 64 bits */

const ANSWER_BYTES = 12;
const RUN = 1;
const END = 2;
const PING = 3;
const SWEEP = 4;
/** Of what tells which process a script is. */
const START_BYTES = 20;
/** The user that the process itself runs as. */
const NOBODY = 0xffff_ffff;

const NO_NEW_PRIVILEGES = 1;
const LIMITED = 2;
const KEEP_STDOUT = 4;
const END_WITH_OWNER = 8;

/** The longest packet that is read there. */
export const MOST_BYTES = 128 * 1024;

const words = (numbers: readonly number[]): Buffer => {
  const { buffer, byteOffset, byteLength } = Uint32Array.from(numbers);
  return Buffer.from(buffer, byteOffset, byteLength);
};

export function encodeRun(id: number, { argv, user }: ScriptSpec, options: RunOptions, keepBytes: number): Buffer {
  const flags =
    (options.noNewPrivileges ? NO_NEW_PRIVILEGES : 0) |
    (options.isCheck ? LIMITED | KEEP_STDOUT | END_WITH_OWNER : 0) |
    (options.endsWithUs ? END_WITH_OWNER : 0);
  const groups = user?.groups ?? [];
  // A limit of 0 would be none.
  const limitMs = options.timeoutMs === undefined ? 0 : Math.min(Math.max(1, Math.round(options.timeoutMs)), NOBODY);
  const head = [RUN, id, flags, limitMs, keepBytes, user?.uid ?? NOBODY, user?.gid ?? NOBODY, groups.length];
  return Buffer.concat([words([...head, ...groups]), Buffer.from(argv.map((word) => `${word}\0`).join(""))]);
}

export const encodeEnd = (id: number): Buffer => words([END, id, 0, 0, 0, NOBODY, NOBODY, 0]);

/** Asks for a word, which shows that it is not stuck. */
export const encodePing = (): Buffer => words([PING, 0, 0, 0, 0, NOBODY, NOBODY, 0]);

/** Has what is left of a script killed that another process like it ran; `start` as it was told. */
export const encodeSweep = (start: Buffer): Buffer =>
  Buffer.concat([words([SWEEP, 0, 0, 0, 0, NOBODY, NOBODY, 0]), start]);

export type Answer = { readonly id: number; readonly output: Buffer } & (
  | { readonly how: "started"; readonly start: Buffer }
  | { readonly how: "alive" }
  | { readonly how: "exited"; readonly status: number }
  | { readonly how: "signalled"; readonly signal: string }
  | { readonly how: "timeout" | "cancelled" }
  | { readonly how: "not-started"; readonly cause: Error & { readonly code: string } }
);

/** `output` is a view into `packet`. undefined: it is none of ours. */
export function decodeAnswer(packet: Buffer): Answer | undefined {
  if (packet.length < ANSWER_BYTES) return undefined;
  const [id = 0, how, value = 0] = new Uint32Array(Uint8Array.from(packet.subarray(0, ANSWER_BYTES)).buffer);
  const output = packet.subarray(ANSWER_BYTES);
  switch (how) {
    case 1:
      return { id, output, how: "exited", status: value };
    case 2:
      return { id, output, how: "signalled", signal: signalName(value) };
    case 3:
      return { id, output, how: "timeout" };
    case 4:
      return { id, output, how: "cancelled" };
    case 5: {
      const code = errnoName(value);
      return { id, output, how: "not-started", cause: Object.assign(new Error(code), { code }) };
    }
    case 6:
      return output.length === START_BYTES ? { id, output, how: "started", start: Buffer.from(output) } : undefined;
    case 7:
      return { id, output, how: "alive" };
    default:
      return undefined;
  }
}

/** Those that libuv has no name for too, as ENOEXEC. */
const errnoName = (number: number): string =>
  Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
