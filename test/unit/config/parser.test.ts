import { expect, test } from "vitest";
import { treeOf } from "./reading.ts";

test.for([
  {
    name: "a brace on its own line belongs to the keyword before it",
    text: "global_defs\n\n{\nrouter_id a\n}\n",
    tree: [{ global_defs: ["router_id a"] }],
  },
  {
    name: "everything on one line",
    text: "global_defs { router_id a }",
    tree: [{ global_defs: ["router_id a"] }],
  },
  {
    name: "an unknown block is kept whole, whatever is in it",
    text: "wibble x { priority 1\n foo { bar } }\nglobal_defs { }",
    tree: [{ "wibble x": ["priority 1", { foo: ["bar"] }] }, { global_defs: [] }],
  },
])("$name", ({ text, tree }) => {
  expect(treeOf(text)).toMatchObject({ tree, codes: [] });
});

test.for([
  {
    name: "a block keyword of an outer block ends the inner one: its brace is missing",
    text: "vrrp_instance A {\n interface eth0\nvrrp_instance B {\n interface eth1\n}\n",
    tree: [{ "vrrp_instance A": ["interface eth0"] }, { "vrrp_instance B": ["interface eth1"] }],
    codes: ["conf/missing-close 1:1"],
  },
  {
    name: "a keyword of the outer block that stands no deeper than the inner block began: its brace is missing",
    text: "vrrp_instance A {\n  authentication {\n    auth_type PASS\n  priority 10\n}\n",
    tree: [{ "vrrp_instance A": [{ authentication: ["auth_type PASS"] }, "priority 10"] }],
    codes: ["conf/missing-close 2:3"],
  },
  {
    name: "a brace in the column of an outer block is that block's: the inner one is blamed",
    text: "virtual_server 10.0.0.1 80 {\n  real_server 10.0.0.2 80 {\n    TCP_CHECK {\n      retry 1\n  }\n  real_server 10.0.0.3 80 {\n  }\n}\n",
    tree: [
      {
        "virtual_server 10.0.0.1 80": [
          { "real_server 10.0.0.2 80": [{ TCP_CHECK: ["retry 1"] }] },
          { "real_server 10.0.0.3 80": [] },
        ],
      },
    ],
    codes: ["conf/missing-close 3:5"],
  },
  {
    name: "the end of the file ends every block: all of it is one problem",
    text: "virtual_server 10.0.0.1 80 {\n  real_server 10.0.0.2 80 {\n",
    tree: [{ "virtual_server 10.0.0.1 80": [{ "real_server 10.0.0.2 80": [] }] }],
    codes: ["conf/missing-close 2:3"],
  },
  {
    name: "an opening brace that is missing is put where the block's first line is",
    text: "vrrp_instance A\n  interface eth0\n  priority 10\n}\nglobal_defs { }\n",
    tree: [{ "vrrp_instance A": ["interface eth0", "priority 10"] }, { global_defs: [] }],
    codes: ["conf/missing-open 1:1"],
  },
  {
    name: "a brace that ends a block too early, seen by what follows",
    text: "vrrp_instance A {\n  interface eth0\n  }\n  priority 10\n}\n",
    tree: [{ "vrrp_instance A": ["interface eth0", "priority 10"] }],
    codes: ["conf/extra-close 3:3"],
  },
  {
    name: "a brace too many, told once",
    text: "global_defs { } } }\n",
    tree: [{ global_defs: [] }],
    codes: ["conf/extra-close 1:17"],
  },
  {
    name: "a block after a keyword that takes none",
    text: "vrrp_instance A {\n priority 10 {\n  x\n }\n interface eth0\n}\n",
    tree: [{ "vrrp_instance A": [{ "priority 10": ["x"] }, "interface eth0"] }],
    codes: ["conf/unexpected-block 2:14"],
  },
])("$name", ({ text, tree, codes }) => {
  expect(treeOf(text)).toMatchObject({ tree, codes });
});

test("include reads a file in its place, and its blocks may go on", () => {
  const { tree, codes } = treeOf("global_defs {\n include a\n}\ninclude b\n", {
    a: "router_id x\n",
    b: "global_defs { }",
  });
  expect(tree).toEqual([{ global_defs: ["router_id x"] }, { global_defs: [] }]);
  expect(codes).toEqual([]);
});

test("files that include each other are told, and end", () => {
  expect(treeOf("include a", { a: "include b\n", b: "include a\nglobal_defs { }" })).toMatchObject({
    tree: [{ global_defs: [] }],
    codes: ["conf/include-cycle 1:9"],
  });
});

test("nesting without end is told once, and not followed", () => {
  expect(treeOf("a {".repeat(100_000)).codes).toEqual(["conf/too-deep 1:1"]);
});
