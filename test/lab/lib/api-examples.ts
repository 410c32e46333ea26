import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOCKET = "/run/lvskeeper/control.sock";

/** The commands of docs/api.md in their order, each for a shell: they print the answer and then its HTTP status. */
export function apiExamples(socket = SOCKET): readonly string[] {
  const text = readFileSync(fileURLToPath(new URL("../../../docs/api.md", import.meta.url)), "utf8");
  return [...text.matchAll(/^ {4}(curl .+)$/gm)].map((match) =>
    (match[1] as string).replace(SOCKET, socket).replace("curl ", "curl -w '\\n%{http_code}\\n' "),
  );
}
