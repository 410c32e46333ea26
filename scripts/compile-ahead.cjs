// compile-ahead.cjs FILE: loads a file of the program as src/compiled.ts does, and what it loads later, and keeps what V8 has
// compiled by then in FILE.SUM, the text beginning with that sum. V8 takes it again when it is the same V8.
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");

const file = process.argv[2];
const text = readFileSync(file, "latin1");
const script = new Script(text, { filename: file });
const program = { exports: {} };
script.runInThisContext()(program.exports, createRequire(file), program, file, path.dirname(file));
program.exports.later().then(() => {
  writeFileSync(`${file}.${text.slice(2, 18)}`, script.createCachedData());
});
