import { expect, test } from "vitest";
import { requestHead } from "../../../src/checkers/http-version.ts";

const head = "GET /a HTTP/1.1\r\nhost: b\r\nconnection: close\r\nuser-agent: KeepAliveClient\r\n\r\n";

test.for([
  ["1.0", "GET /a HTTP/1.0\r\nhost: b\r\nuser-agent: KeepAliveClient\r\n\r\n"],
  ["1.0C", "GET /a HTTP/1.0\r\nhost: b\r\nconnection: close\r\nuser-agent: KeepAliveClient\r\n\r\n"],
  ["1.1", head],
] as const)("the head of a request by http_protocol %s", ([protocol, wanted]) => {
  expect(requestHead(head, protocol)).toBe(wanted);
});

test("a path that looks like a version stays as it is", () => {
  const odd = "GET /HTTP/1.1 HTTP/1.1\r\nhost: b\r\n\r\n";
  expect(requestHead(odd, "1.0")).toBe("GET /HTTP/1.1 HTTP/1.0\r\nhost: b\r\n\r\n");
});
