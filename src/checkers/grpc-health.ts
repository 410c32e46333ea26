import { down, upVerdict, wordsOf } from "./checker.ts";
import type { Verdict } from "./model.ts";

/** The gRPC health checking protocol: `grpc.health.v1.Health/Check`, https://github.com/grpc/grpc/blob/master/doc/health-checking.md,
 *  over https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Its two messages are a string (field 1) and an
 *  enumeration (field 1), https://protobuf.dev/programming-guides/encoding/. Nothing here throws: a bad answer is a value. */
export const healthPath = "/grpc.health.v1.Health/Check";

/** An answer is a few bytes; whoever sends more than this does not answer the question. */
export const maxAnswerBytes = 64 * 1024;

const LENGTH_PREFIX_BYTES = 5;

/** A HealthCheckRequest for a service ("": the server as a whole), as the one message of a call. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service, "utf8");
  const field = name.length === 0 ? [] : [0x0a, ...varint(name.length)]; // what has its default is left out
  const prefix = Buffer.alloc(LENGTH_PREFIX_BYTES); // not compressed
  prefix.writeUInt32BE(field.length + name.length, 1);
  return Buffer.concat([prefix, Buffer.from(field), name]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** What came of a call. `headers` are those of the answer, `trailers` what came behind it: an answer without a body has
 *  in its headers what else stands in the trailers. Names in lower case. */
export type GrpcAnswer = {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, unknown>>;
};

/** google.rpc.Code. */
const CODES = [
  ...["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"],
  ...["PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"],
  ...["INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"],
];

/** HealthCheckResponse.ServingStatus. */
const SERVING_STATUS = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const SERVING = 1;

/** `target` is who answered, `service` what was asked for. */
export function judgeHealth(answer: GrpcAnswer, target: string, service: string): Verdict {
  const what = service === "" ? "the server" : `the service ${service}`;
  const code = answer.trailers["grpc-status"] ?? answer.headers["grpc-status"];
  if (code === undefined && !isGrpc(answer))
    return down("protocol", `${target} does not speak gRPC: it answered with HTTP status ${answer.httpStatus}`);
  if (code === undefined) return down("protocol", `${target}: the answer ended without a status of gRPC`);
  if (code !== "0") return down("status", refusal(String(code), answer, `${target}: ${what}`));
  const status = readHealthAnswer(answer.body);
  if (typeof status === "string") return down("protocol", `${target}: ${status}`);
  if (status === SERVING) return upVerdict;
  return down("status", `${target}: ${what} is ${SERVING_STATUS[status] ?? `in the unknown state ${status}`}`);
}

const isGrpc = ({ httpStatus, headers }: GrpcAnswer): boolean =>
  httpStatus === 200 && String(headers["content-type"]).startsWith("application/grpc");

function refusal(code: string, { headers, trailers }: GrpcAnswer, what: string): string {
  const name = CODES[/^\d{1,2}$/.test(code) ? Number(code) : -1] ?? `the unknown status ${wordsOf(Buffer.from(code))}`;
  const said = trailers["grpc-message"] ?? headers["grpc-message"];
  const words = typeof said === "string" && said !== "" ? `: ${wordsOf(percentDecoded(said))}` : "";
  const hint =
    name === "UNIMPLEMENTED"
      ? " (it has no grpc.health.v1.Health)"
      : name === "NOT_FOUND"
        ? " (its health service does not know that name)"
        : "";
  return `${what} answered ${name}${hint}${words}`;
}

/** grpc-message is percent-encoded UTF-8; what is no such encoding stands for itself. */
const percentDecoded = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** The status in a HealthCheckResponse, or what is wrong with the body of a call's answer. */
export function readHealthAnswer(body: Buffer): number | string {
  if (body.length < LENGTH_PREFIX_BYTES) return "the answer has no message";
  if (body.readUInt8(0) !== 0) return "the answer is compressed, which was not asked for";
  const length = body.readUInt32BE(1);
  if (body.length !== LENGTH_PREFIX_BYTES + length) return "the answer is no single message";
  return readStatus(body.subarray(LENGTH_PREFIX_BYTES)) ?? "the answer is no HealthCheckResponse";
}

/** Field 1 of a message, the last if there are several; fields of later versions are passed over. */
function readStatus(message: Buffer): number | undefined {
  let status = 0;
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    if (!tag) return undefined;
    at = tag.end;
    const wireType = tag.value % 8;
    const field = Math.floor(tag.value / 8);
    if (wireType === 1 || wireType === 5) at += wireType === 1 ? 8 : 4;
    else if (wireType === 0 || wireType === 2) {
      const number = readVarint(message, at);
      if (!number) return undefined;
      at = number.end + (wireType === 2 ? number.value : 0);
      if (field === 1 && wireType === 0) status = number.value;
    } else return undefined;
  }
  return at === message.length ? status : undefined;
}

/** Ten bytes at most; what is above 2^53 loses digits that nobody needs here. */
function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10 && from + i < bytes.length; i += 1) {
    const byte = bytes.readUInt8(from + i);
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return { value, end: from + i + 1 };
  }
  return undefined;
}
