import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foreignFormat } from "../../../src/config/foreign.ts";
import { sourceOf } from "./reading.ts";

const BLOCKS = new Set(["global_defs", "vrrp_instance", "virtual_server"]);
const told = (text: string): string | undefined => {
  const found = foreignFormat(sourceOf(text), BLOCKS);
  return found && `${found.code} ${found.span?.line}: ${found.message}`;
};

describe("a file that is something else", () => {
  test.for([
    { name: "YAML", text: "vrrp_instance:\n  - name: VI_1\n    state: MASTER\n", is: /other-format 1: .*YAML/ },
    { name: "YAML with a mark", text: "# a comment\n---\na: 1\nb: 2\n", is: /other-format 2: .*YAML/ },
    { name: "JSON", text: '\n{\n "a": 1\n}\n', is: /other-format 2: .*JSON/ },
    { name: "XML", text: '<?xml version="1.0"?>\n', is: /XML/ },
    { name: "a web page", text: "<!DOCTYPE html>\n<html>\n", is: /HTML/ },
    { name: "a script", text: "#!/bin/bash\necho\n", is: /script/ },
    { name: "a unit of systemd", text: "[Unit]\nDescription=x\n", is: /sections/ },
    {
      name: "nginx",
      text: "worker_processes 1;\nevents {\n  worker_connections 1024;\n}\nhttp {\n  sendfile on;\n}\n",
      is: /other-format 1: .*nginx/,
    },
    { name: "haproxy", text: "global\n  daemon\nfrontend web\n  bind *:80\n", is: /haproxy/ },
    { name: "a saved table", text: "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g\n", is: /ipvsadm/ },
    {
      name: "ldirectord",
      text: "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\tchecktype=connect\n",
      is: /ldirectord/,
    },
  ])("$name", ({ text, is }) => {
    expect(told(text)).toMatch(is);
  });
});

describe("a file that is not finished", () => {
  test.for([
    { name: "a merge", text: "global_defs {\n<<<<<<< HEAD\n}\n", is: /merge-conflict 2/ },
    { name: "Jinja", text: "vrrp_instance {{ name }} {\n", is: /template 1/ },
    { name: "a statement of Jinja", text: "global_defs {\n{% if x %}\n", is: /template 2/ },
    { name: "ERB", text: "vrrp_instance <%= @name %> {\n", is: /template 1/ },
  ])("$name", ({ text, is }) => {
    expect(told(text)).toMatch(is);
  });
});

test.for([
  { text: "a {{ b }} {% if x %}\n", place: "{{ b }}" },
  { text: "{% set a = {{ b }} %} c %}\n", place: "{% set a = {{ b }} %} c %}" },
  { text: "a %} {{ {% <% b %> {{ c }}\n", place: "<% b %>" },
])("the place of a template is the leftmost that is whole: $place", ({ text, place }) => {
  const span = foreignFormat({ file: "t.conf", text }, BLOCKS)?.span;
  expect(text.slice(span?.start, span?.end)).toBe(place);
});

describe("a keepalived.conf, however odd", () => {
  test.for([
    { name: "semicolons", text: "vrrp_instance A {\n a 1;\n b 2;\n c 3;\n d 4;\n}\n" },
    { name: "colons", text: "global_defs {\n a: 1\n b: 2\n c: 3\n}\n" },
    { name: "a template in a comment", text: "# {{ managed }}\nglobal_defs {\n}\n" },
    { name: "two braces", text: "virtual_server 10.0.0.1 80 { real_server 10.0.0.2 80 { TCP_CHECK { }}\n}\n" },
    { name: "an empty file", text: "" },
    { name: "comments alone", text: "# a\n! b\n" },
    { name: "includes alone", text: "include conf.d/*.conf\n" },
  ])("$name", ({ text }) => {
    expect(told(text)).toBeUndefined();
  });

  test("never fails, and its place is in the text", () => {
    const line = fc.constantFrom(
      "a: 1",
      "b;",
      "{",
      "}",
      "[x]",
      "<a>",
      "{{ x }}",
      "<<<<<<< x",
      "#!",
      "-A -t x",
      "\t",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string({ maxLength: 30 })), { maxLength: 30 }), (lines) => {
        const text = lines.join("\n");
        const span = foreignFormat(sourceOf(text), BLOCKS)?.span;
        if (span) expect(span.start < span.end && span.end <= text.length).toBe(true);
      }),
    );
  });
});
