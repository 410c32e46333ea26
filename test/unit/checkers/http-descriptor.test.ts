import fc from "fast-check";
import { expect, test } from "vitest";
import { plainAnswer } from "../../../src/checkers/http-descriptor.ts";

const answer = (text: string): unknown => plainAnswer(Buffer.from(text, "latin1"));
const end = "\r\n\r\n";

test.for([
  { name: "a length", text: `HTTP/1.1 200 OK\r\nContent-Length: 5${end}hello`, status: 200, bodyLength: 5 },
  { name: "none", text: `HTTP/1.0 404 Not Found${end}`, status: 404, bodyLength: Number.POSITIVE_INFINITY },
  { name: "no reason", text: `HTTP/1.1 200${end}`, status: 200, bodyLength: Number.POSITIVE_INFINITY },
  { name: "nothing in it", text: `HTTP/1.1 500 \r\nX:\r\ncontent-length:0${end}`, status: 500, bodyLength: 0 },
])("an answer with $name is plain", ({ text, status, bodyLength }) => {
  expect(answer(text)).toEqual({ status, bodyLength, bodyAt: text.indexOf(end) + 4 });
});

test.for([
  { name: "nothing", text: "" },
  { name: "half a head", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" },
  { name: "another protocol", text: `SSH-2.0-OpenSSH${end}` },
  { name: "an interim answer", text: `HTTP/1.1 103 Early Hints${end}` },
  { name: "an answer that never has a body", text: `HTTP/1.1 204 No Content${end}` },
  { name: "chunks", text: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked${end}` },
  { name: "two lengths", text: `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6${end}` },
  { name: "a length with a sign", text: `HTTP/1.1 200 OK\r\nContent-Length: +5${end}` },
  { name: "a length that is a list", text: `HTTP/1.1 200 OK\r\nContent-Length: 5, 5${end}` },
  { name: "a folded line", text: `HTTP/1.1 200 OK\r\nX: a\r\n b${end}` },
  { name: "a blank before the colon", text: `HTTP/1.1 200 OK\r\nContent-Length : 5${end}` },
  { name: "a bare line feed", text: `HTTP/1.1 200 OK\nContent-Length: 5${end}` },
  { name: "a bare carriage return", text: `HTTP/1.1 200 OK\r\nX: a\rb${end}` },
  { name: "a NUL", text: `HTTP/1.1 200 OK\r\nX: a\0b${end}` },
  { name: "a later version", text: `HTTP/1.2 200 OK${end}` },
])("$name is left to a whole parser", ({ text }) => {
  expect(answer(text)).toBeUndefined();
});

test("no bytes make it throw or take long, and what is plain has its status and its one length in the head", () => {
  const pieces = fc.constantFrom(
    "HTTP/1.1 200 OK",
    "\r\n",
    "\r\n\r\n",
    "Content-Length: 7",
    "X: y",
    ":",
    " ",
    "\0",
    "\xff",
  );
  const text = fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 30 }).map((all) => all.join(""));
  fc.assert(
    fc.property(text, (bytes) => {
      const found = plainAnswer(Buffer.from(bytes, "latin1"));
      if (!found) return;
      expect(found.status).toBe(200);
      expect([7, Number.POSITIVE_INFINITY]).toContain(found.bodyLength);
      expect(bytes.slice(found.bodyAt - 4, found.bodyAt)).toBe(end);
    }),
  );
});
