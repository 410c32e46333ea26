/** The words of a text in lines of at most `columns`, each after an indent. */
export function wrap(text: string, columns: number, indent: number): string[] {
  const room = Math.max(columns - indent, 20);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}
