import type { Duplex } from "node:stream";
import type { HttpProtocol } from "./model.ts";

/** The head of a request as http_protocol has it. `1.0` leaves it to the server when the connection ends. */
export function requestHead(head: string, protocol: HttpProtocol): string {
  if (protocol === "1.1" || protocol === "2") return head;
  const lower = head.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n");
  return protocol === "1.0" ? lower.replace(/\r\nconnection: [^\r\n]*\r\n/i, "\r\n") : lower;
}

/** The request has been sent already: what undici writes of it goes nowhere, and then so much of the answer has come. */
export function begunAnswer(socket: Duplex, begun: Buffer): void {
  const write = socket.write;
  socket.write = (() => {
    socket.write = write;
    if (begun.length > 0) socket.unshift(begun);
    return true;
  }) as typeof write;
}

/** Nobody who reads it is given more of a connection than so many bytes, then an error: parsers bound the head of an answer and
 *  the lines in it, but neither the words behind its status nor what stands beside the length of a chunk. */
export function boundReads(socket: Duplex, mostBytes: number): void {
  const read = socket.read;
  let bytes = 0;
  socket.read = ((size?: number): unknown => {
    const chunk = read.call(socket, size) as Buffer | null;
    bytes += chunk?.length ?? 0;
    if (bytes <= mostBytes) return chunk;
    socket.destroy(new Error(`an answer that is longer than ${mostBytes >> 20} MiB`));
    return null;
  }) as typeof read;
}

/** undici writes requests of HTTP/1.1 only. The head is the first that it writes to a connection, and in one piece: it
 *  goes out as http_protocol has it. */
export function speak(socket: Duplex, protocol: HttpProtocol): void {
  if (protocol === "1.1") return;
  const write = socket.write;
  socket.write = ((head: unknown, ...rest: []): boolean => {
    socket.write = write;
    return socket.write(typeof head === "string" ? requestHead(head, protocol) : head, ...rest);
  }) as typeof write;
}
