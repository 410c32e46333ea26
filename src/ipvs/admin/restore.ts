/** The command lines of a file for `ipvsadm -R`: a line a command, words between blanks, no quotes. The word `ipvsadm`
 *  is left out wherever it stands, and lines without words are none. */
export function restoreLines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.split(/[ \t\r]+/).filter((word) => word !== "" && word !== "ipvsadm"))
    .filter((words) => words.length > 0);
}
