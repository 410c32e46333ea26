import { constants } from "node:os";
import { writeS32 } from "./host-order.ts";
import { control, encodeMessage, flags, type NetlinkMessage, splitMessages } from "./message.ts";
import type { PlainSocket, SocketEvents, SocketOpener } from "./socket.ts";

/** What a fake kernel does with one request: the payloads of its answers, an errno's name, or silence. */
export type FakeAnswer =
  | { readonly type?: number; readonly payloads: readonly Uint8Array[] }
  | { readonly errno: string };
export type FakeKernel = {
  readonly open: SocketOpener;
  readonly plain: PlainSocket;
  readonly requests: NetlinkMessage[];
  /** Sends a message nobody asked for, or a late one by its `seq`. */
  readonly notify: (type: number, payload: Uint8Array, seq?: number) => void;
  /** The receive buffer overflows: what was queued is lost, and what comes before the queue is read would be. */
  readonly overrun: () => void;
  readonly groups: number[];
};

/** A kernel that is one function, request in, answers out; it frames, acknowledges and ends dumps as the real one does. */
export function fakeKernel(answer: (request: NetlinkMessage) => FakeAnswer | undefined): FakeKernel {
  let queue: Buffer[] = [];
  let events: SocketEvents | undefined;
  const requests: NetlinkMessage[] = [];
  const groups: number[] = [];
  const drain = (): void => {
    for (let next = queue.shift(); next; next = queue.shift()) if (events?.datagram(next) === false) return;
    events?.drained();
  };
  const ask = (datagram: Uint8Array): void => {
    for (const request of splitMessages(Buffer.from(datagram))) {
      requests.push(request);
      queue.push(...framed(request, answer(request)));
    }
  };
  const open: SocketOpener = (owner) => {
    events = owner;
    return {
      send: (datagram) => {
        ask(datagram);
        return undefined;
      },
      drain,
      join: (group) => groups.push(group),
      close: () => {
        events = undefined;
      },
    };
  };
  const plain: PlainSocket = {
    send: (datagram) => {
      ask(datagram);
      return true;
    },
    receive: () => queue.shift(),
    close: () => {},
  };
  return {
    open,
    plain,
    requests,
    groups,
    notify: (type, payload, seq = 0) => {
      queue.push(encodeMessage({ type, flags: 0, payload }, seq));
      drain();
    },
    overrun: () => {
      queue = [];
      events?.overrun();
      events?.drained();
    },
  };
}

function framed(request: NetlinkMessage, answer: FakeAnswer | undefined): Buffer[] {
  if (!answer) return [];
  const dump = (request.flags & flags.dump) === flags.dump;
  const say = (type: number, set: number, payload: Uint8Array): Buffer =>
    encodeMessage({ type, flags: set, payload }, request.seq);
  if ("errno" in answer) return [say(control.error, flags.capped, ending(answer.errno, request))];
  const type = answer.type ?? request.type;
  const values = answer.payloads.map((payload) => say(type, dump ? flags.multi : 0, payload));
  if (dump) return [Buffer.concat(values), say(control.done, flags.multi, Buffer.alloc(4))];
  const acknowledged = (request.flags & flags.ack) !== 0;
  return acknowledged ? [...values, say(control.error, flags.capped, ending(undefined, request))] : values;
}

function ending(errno: string | undefined, request: NetlinkMessage): Buffer {
  const code = errno === undefined ? 0 : constants.errno[errno as keyof typeof constants.errno];
  const result = Buffer.alloc(4);
  writeS32(result, -code, 0);
  return Buffer.concat([result, encodeMessage({ ...request, payload: Buffer.alloc(0) }, request.seq)]);
}
