/** One line of what `ipvsadm -R` reads: words between blanks, no quotes; the word `ipvsadm` is left out wherever it stands. */
export const wordsOfLine = (line: string): string[] =>
  line.split(/[ \t\r\n]+/).filter((word) => word !== "" && word !== "ipvsadm");
