import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordsOf } from "../../../src/checkers/checker.ts";
import { decodeAnswer, encodeQuery } from "../../../src/checkers/dns-message.ts";
import { SmtpReplies } from "../../../src/checkers/smtp-reply.ts";
import { internetChecksum } from "../../../src/core/checksum.ts";
import { echoRequest, isEchoReply } from "../../../src/core/icmp-echo.ts";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

describe("DNS messages", () => {
  test("a query asks one question for the name, RFC 1035 §4.1", () => {
    const query = encodeQuery({ id: 0xbeef, type: "MX", name: "example.org." });
    expect(query.toString("hex")).toBe("beef01000001000000000000076578616d706c65036f726700000f0001");
  });

  test("an answer is known by id and flag alone, whatever the bytes are", () => {
    fc.assert(
      fc.property(bytes(64), fc.nat(0xffff), (message, id) => {
        const isAnswer = message.length >= 12 && message.readUInt16BE(0) === id && (message.readUInt8(2) & 0x80) !== 0;
        expect(decodeAnswer(message, id).kind).toBe(isAnswer ? "answer" : "other");
      }),
    );
  });
});

describe("ICMP echo", () => {
  const echo = { id: 7, sequence: 9, token: Buffer.from("0123456789abcdef") };
  const ipv4Header = Buffer.from("45000000000000004001000000000000000000aa", "hex");

  test("a request over IPv4 carries its checksum", () => {
    expect(internetChecksum(echoRequest(4, echo))).toBe(0);
  });

  test.for([4, 6] as const)("IPv%i: the reply repeats number and token; the request is no reply", (family) => {
    const reply = echoRequest(family, echo);
    expect(isEchoReply(family, echo, reply, false)).toBe(false);
    reply.writeUInt8(family === 4 ? 0 : 129, 0);
    expect(isEchoReply(family, echo, reply, false)).toBe(true);
    expect(isEchoReply(family, { ...echo, sequence: 10 }, reply, false)).toBe(false);
    expect(isEchoReply(family, { ...echo, token: Buffer.from("another's token.") }, reply, false)).toBe(false);
    expect(isEchoReply(family, echo, Buffer.concat([ipv4Header, reply]), true)).toBe(true);
  });

  test("what is no reply is none, whatever the bytes are", () => {
    fc.assert(
      fc.property(bytes(80), fc.boolean(), (message, hasHeader) => {
        expect(isEchoReply(4, echo, message, hasHeader)).toBe(false);
      }),
    );
  });
});

describe("SMTP replies", () => {
  const codesOf = (parts: readonly Buffer[]): unknown[] => {
    const replies = new SmtpReplies();
    return parts.flatMap((part) => [...replies.push(part)].map((reply) => (reply === "too long" ? reply : reply.code)));
  };

  test("replies are the same however the bytes arrive", () => {
    const talk = Buffer.from("220-a\r\n220 b\r\n250-x\r\n250-y\r\n250 z\r\n221\r\nnonsense\r\n");
    fc.assert(
      fc.property(fc.array(fc.nat(talk.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), talk.length];
        const parts = at.slice(1).map((end, i) => talk.subarray(at[i], end));
        expect(codesOf(parts)).toEqual([220, 250, 221, undefined]);
      }),
    );
  });

  test("a reply without end is given up, in one line or in many", () => {
    expect(codesOf(Array.from({ length: 20 }, () => Buffer.alloc(1000, "x"))).at(-1)).toBe("too long");
    expect(codesOf(Array.from({ length: 5000 }, () => Buffer.from("220-x\r\n"))).at(-1)).toBe("too long");
  });
});

test("what a server sent is one short line of printable ASCII in a log", () => {
  fc.assert(
    fc.property(bytes(200), (sent) => {
      expect(wordsOf(sent)).toMatch(/^[ -~]{0,63}$/);
    }),
  );
});
