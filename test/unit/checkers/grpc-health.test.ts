import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeHealthRequest,
  type GrpcAnswer,
  judgeHealth,
  readHealthAnswer,
} from "../../../src/checkers/grpc-health.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test.for([
  ["", "00 00000000"],
  ["shop.Cart", "00 0000000b 0a 09 73686f702e43617274"],
  ["a".repeat(200), `00 000000cb 0a c801 ${"61".repeat(200)}`],
] as const)("the request for the service %j", ([service, bytes]) => {
  expect(encodeHealthRequest(service)).toEqual(hex(bytes));
});

test.for([
  ["SERVING", "00 00000002 0801", 1],
  ["no field: UNKNOWN", "00 00000000", 0],
  ["the last of several counts", "00 00000004 0801 0802", 2],
  [
    "fields of later versions",
    "00 00000011 1203616263 19 0000000000000000 0801 20",
    "the answer is no HealthCheckResponse",
  ],
  ["fields of all types", "00 00000015 1203616263 190000000000000000 2500000000 0801", 1],
  ["an end within a varint", "00 00000002 0881", "the answer is no HealthCheckResponse"],
  ["a field that is longer than the message", "00 00000003 12ff01", "the answer is no HealthCheckResponse"],
  ["an unknown wire type", "00 00000001 0b", "the answer is no HealthCheckResponse"],
  ["compressed", "01 00000002 0801", "the answer is compressed, which was not asked for"],
  ["cut short", "00 00000003 0801", "the answer is no single message"],
  ["two messages", "00 00000002 0801 00 00000002 0801", "the answer is no single message"],
  ["nothing", "", "the answer has no message"],
] as const)("an answer: %s", ([, bytes, found]) => {
  expect(readHealthAnswer(hex(bytes))).toBe(found);
});

test("whatever bytes come, the answer is a status or says what is wrong", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, framed) => {
      const prefix = Buffer.from([0, 0, 0, 0, bytes.length]);
      const found = readHealthAnswer(framed ? Buffer.concat([prefix, bytes]) : Buffer.from(bytes));
      expect(typeof found === "string" || found >= 0).toBe(true);
    }),
  );
});

describe("verdicts", () => {
  const judge = (more: Partial<GrpcAnswer>, service = "shop.Cart"): string => {
    const answer: GrpcAnswer = {
      httpStatus: 200,
      headers: { "content-type": "application/grpc" },
      body: hex("00 00000002 0801"),
      trailers: { "grpc-status": "0" },
      ...more,
    };
    const verdict = judgeHealth(answer, "10.0.0.2:50051", service);
    return verdict.up === false ? `${verdict.reason}: ${verdict.detail}` : String(verdict.up);
  };
  const status = (code: string, message?: string): Partial<GrpcAnswer> => ({
    body: Buffer.alloc(0),
    trailers: { "grpc-status": code, ...(message !== undefined && { "grpc-message": message }) },
  });

  test.for<readonly [Partial<GrpcAnswer>, string]>([
    [{}, "true"],
    [{ body: hex("00 00000002 0802") }, "status: 10.0.0.2:50051: the service shop.Cart is NOT_SERVING"],
    [{ body: hex("00 00000000") }, "status: 10.0.0.2:50051: the service shop.Cart is UNKNOWN"],
    [{ body: hex("00 00000002 0809") }, "status: 10.0.0.2:50051: the service shop.Cart is in the unknown state 9"],
    [
      status("12"),
      "status: 10.0.0.2:50051: the service shop.Cart answered UNIMPLEMENTED (it has no grpc.health.v1.Health)",
    ],
    [
      status("5", "unknown%20service %E2%98%83\u001b"),
      "status: 10.0.0.2:50051: the service shop.Cart answered NOT_FOUND (its health service does not know that name): unknown service ....",
    ],
    [status("14", ""), "status: 10.0.0.2:50051: the service shop.Cart answered UNAVAILABLE"],
    [status("99"), "status: 10.0.0.2:50051: the service shop.Cart answered the unknown status 99"],
    [status("x\u0007"), "status: 10.0.0.2:50051: the service shop.Cart answered the unknown status x."],
    [
      { headers: { "content-type": "application/grpc", "grpc-status": "16" }, trailers: {}, body: Buffer.alloc(0) },
      "status: 10.0.0.2:50051: the service shop.Cart answered UNAUTHENTICATED",
    ],
    [
      { httpStatus: 404, headers: {}, trailers: {} },
      "protocol: 10.0.0.2:50051 does not speak gRPC: it answered with HTTP status 404",
    ],
    [{ trailers: {} }, "protocol: 10.0.0.2:50051: the answer ended without a status of gRPC"],
    [{ body: Buffer.alloc(0) }, "protocol: 10.0.0.2:50051: the answer has no message"],
  ])("%j: %s", ([answer, words]) => {
    expect(judge(answer)).toBe(words);
  });

  test("the server as a whole has no name", () => {
    expect(judge({ body: hex("00 00000002 0802") }, "")).toBe("status: 10.0.0.2:50051: the server is NOT_SERVING");
  });
});
