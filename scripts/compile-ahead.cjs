// compile-ahead.cjs FILE: loads a file of the program as src/compiled.ts does, and what it loads later, and keeps what V8 has
// compiled by then in FILE.SUM, the text beginning with that sum. V8 takes it again when it is the same V8. A function is
// compiled when it is first called: the file with all commands reads a configuration, which is what a director begins with.
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

const CONFIGURATION = path.join(__dirname, "compile-ahead.conf");

const file = process.argv[2];
const text = readFileSync(file, "latin1");
const script = new Script(text, { filename: file });
const program = { exports: {} };
script.runInThisContext()(program.exports, createRequire(file), program, file, path.dirname(file));

async function keep({ later, runProgram }) {
  await later();
  await runProgram?.("lvskeeper", ["check", "-f", CONFIGURATION], { isDaemon: false });
  const code = script.createCachedData();
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(code));
  writeFileSync(`${file}.${text.slice(2, 18)}`, Buffer.concat([code, sum]));
}

void keep(program.exports);
