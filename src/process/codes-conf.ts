// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language writes its own.
import type { CodeEntry } from "./codes.ts";

/** Reading the text. */
export const confCodes: readonly CodeEntry[] = [
  {
    code: "conf/unknown-keyword",
    means: "A word stands where a keyword is expected, and no keyword of this block is called so.",
    why: "keepalived reports it and goes on, so that the setting is silently not made; of an unknown block it reads the lines as if they stood in the block around it. Here the file is refused, and an unknown block is passed over whole.",
    remedy:
      "Take the name that the message suggests, or `lvskeeper explain KEYWORD`. A keyword of a newer keepalived is in docs/keywords.md with the version that brought it.",
  },
  {
    code: "conf/wrong-block",
    means: "The keyword exists, but not in this block.",
    why: "It would have no effect where it stands. Often a brace before it is missing or too many.",
    remedy: "Move it into the block that the message names, or mend the braces.",
  },
  {
    code: "conf/bad-value",
    means:
      "A value is not of the kind that the keyword takes: no number, out of range, not one of its words, no address.",
    why: "keepalived ignores the value or uses a part of it (`5s` seconds become five microseconds), and runs with something nobody wrote.",
    remedy: "Write a value as the message says; `lvskeeper explain KEYWORD` shows the range.",
  },
  {
    code: "conf/missing-value",
    means: "A keyword stands alone and needs a value.",
    why: "keepalived exits at once for some of them, and ignores others.",
    remedy: "Add the value, or remove the keyword.",
  },
  {
    code: "conf/missing-keyword",
    means: "A block lacks a keyword that it cannot be without.",
    why: "There is no default that could be right on two hosts.",
    remedy: "Add it; the message has an example.",
  },
  {
    code: "conf/extra-words",
    means: "Words stand behind a value that takes no more.",
    why: "They are ignored, here as in keepalived. A comment begins with `#` or `!`; the arguments of a command need quotes around all of it.",
    remedy: "Remove them.",
  },
  {
    code: "conf/two-on-a-line",
    means: "A keyword stands on the line of another keyword.",
    why: "Only braces and line ends separate statements: the second keyword is not read, here as in keepalived, which says nothing.",
    remedy: "Write it on a line of its own.",
  },
  {
    code: "conf/unknown-option",
    means: "A line of a list has a word that is none of its options.",
    why: "An address or route would be set up without what the word was for.",
    remedy: "Take one of the options that the message lists.",
  },
  {
    code: "conf/corrected",
    means: "A value is read as something that it resembles.",
    why: "keepalived reads it the same way, or refuses it, depending on its version.",
    remedy: "Write it as the message shows.",
  },
  {
    code: "conf/repeated",
    means: "A keyword of which only the first counts is given again.",
    why: "The second one changes nothing.",
    remedy: "Remove one of both.",
  },
  {
    code: "conf/duplicate",
    means: "Two blocks have the same name.",
    why: "keepalived skips the second one, and everything in it.",
    remedy: "Give one of them another name.",
  },
  {
    code: "conf/deprecated",
    means: "An old name, or an old form, of a keyword.",
    why: "It works, and later versions of keepalived may drop it.",
    remedy: "Write the new form that the hint names.",
  },
  {
    code: "conf/no-effect",
    means: "The keyword is known, and its value right, and it changes nothing here; the message says why.",
    why: "A file should not promise what does not happen.",
    remedy: "Remove it, or leave it for the keepalived on the other director and allow the warning.",
  },
  {
    code: "conf/not-supported",
    means: "The keyword is known, read, and part of the plan, and no process of this version acts on it.",
    why: "A director that ignored it would not do what the file says, so that it does not start. `check --dump json` prints the plan all the same.",
    remedy: "Follow the hint, or keep keepalived for this file.",
  },
  {
    code: "conf/missing-open",
    means: "A keyword that begins a block has no `{`.",
    why: "Where the block begins decides what all lines up to its `}` mean.",
    remedy: "Add ` {` to the end of the line.",
  },
  {
    code: "conf/missing-close",
    means:
      "A block is not closed. The place is the block that was most likely meant, by its keywords and its indentation.",
    why: "All that follows would be read as a part of it.",
    remedy: "Add the `}` where the second place points.",
  },
  {
    code: "conf/extra-close",
    means: "A `}` ends no block, or ends one too early: a keyword of that block follows.",
    why: "What follows would be read as keywords of the block around it.",
    remedy: "Remove it, or the one before it.",
  },
  {
    code: "conf/unexpected-open",
    means: "A `{` with no keyword before it.",
    why: "Nobody knows what its block is.",
    remedy: "Remove it with its `}`, or write the keyword.",
  },
  {
    code: "conf/unexpected-block",
    means: "A `{` behind a keyword that takes no block.",
    why: "Its lines are not read, and in keepalived its `}` ends the block around it.",
    remedy: "Remove the braces, or take the keyword that was meant.",
  },
  {
    code: "conf/unterminated-quote",
    means: "A double quote is not closed on its line.",
    why: "There is no way to say where the word ends. Single quotes are ordinary characters.",
    remedy: "Add the closing quote.",
  },
  {
    code: "conf/odd-blank",
    means: "A blank that editors and web pages leave behind (a no-break space, a zero-width one) is taken as a blank.",
    why: "keepalived takes it as a part of the word, which then is no keyword and no number.",
    remedy: "Replace it with an ordinary blank.",
  },
  {
    code: "conf/stray-text",
    means:
      "A line begins with no letter that a keyword could begin with. Often it is the rest of a comment that an editor broke.",
    why: "It is ignored, here as in keepalived.",
    remedy: "Put a `#` before it.",
  },
  {
    code: "conf/merge-conflict",
    means: "The marks of a merge that somebody did not finish.",
    why: "Both versions of the lines stand in the file.",
    remedy: "Keep one of both, and remove the marks.",
  },
  {
    code: "conf/template",
    means: "A place that a template engine (Jinja, ERB, Go templates) should have filled in.",
    why: "The file is the template, not what should have come out of it.",
    remedy: "Render it first, and check the result.",
  },
  {
    code: "conf/other-format",
    means: "The file is no keepalived.conf at all: YAML, JSON, a configuration of nginx or haproxy, a script.",
    why: "Read as a keepalived.conf it would give an error a line.",
    remedy: "Name the right file with `-f`.",
  },
  {
    code: "conf/other-dialect",
    means:
      "The file is written for a program whose configuration grew out of keepalived's (DPVS, monalive), and uses what only that program knows.",
    why: "Without those settings the rest means something else, so that nothing of it is used.",
    remedy: "Start it with that program, or take out what only that knows.",
  },
  {
    code: "conf/bad-definition",
    means: "A line that looks like `$NAME=value`, and is none.",
    why: "keepalived takes it for an unknown keyword, and later uses of the name stay as they are.",
    remedy: "Write the name, `=` without a blank before it, and the value.",
  },
  {
    code: "conf/definition-loop",
    means: "A definition leads back to itself, or definitions nest too deep.",
    why: "keepalived does not end on such a file.",
    remedy: "Break the circle.",
  },
  {
    code: "conf/not-substituted",
    means:
      "A `$` that looks like the use of a definition and is none: the name is not defined, or what follows it ends no name.",
    why: "It stays in the value as it is.",
    remedy: "Write `${NAME}`, define it before its first use, or remove the `$`.",
  },
  {
    code: "conf/bad-sequence",
    means:
      "A `~SEQ` or `~LST` that cannot be expanded: its list is not closed, its step is 0 or leads away, or it has too many values.",
    why: "The line is left out.",
    remedy: "Write it as the hint shows.",
  },
  {
    code: "conf/include",
    means: "A file that is included cannot be read.",
    why: "The configuration would lack a part.",
    remedy: "Mend the file or its mode, or remove the line.",
  },
  {
    code: "conf/include-nothing",
    means:
      "An `include` matches no file. An error only for the forms that demand one (`includem`, `includew`, `includeb`, `includea`, or `include_check`).",
    why: "A directory that is empty on purpose is no mistake, a misspelt one is.",
    remedy: "Mend the pattern; it is relative to the directory of the file it stands in.",
  },
  {
    code: "conf/include-skipped",
    means: "A file that an `include` matches has an execute bit, and is passed over, as keepalived does.",
    why: "It looks included, and is not.",
    remedy: "`chmod a-x` the file.",
  },
  {
    code: "conf/include-cycle",
    means: "A file includes itself, or one that includes it.",
    why: "It would never end.",
    remedy: "Remove one of the lines.",
  },
  {
    code: "conf/include-depth",
    means: "Files include each other deeper than any configuration does.",
    why: "It is a mistake in all cases that were ever seen.",
    remedy: "Include them from one file.",
  },
  {
    code: "conf/too-many-files",
    means: "Many hundreds of files are included.",
    why: "A pattern that matches everything is the usual reason.",
    remedy: "Name the directory that was meant.",
  },
  {
    code: "conf/too-deep",
    means: "Blocks nest deeper than any keyword does.",
    why: "The rest is not read.",
    remedy: "Mend the braces.",
  },
  {
    code: "conf/too-large",
    means: "The configuration is larger than what is read.",
    why: "It is the wrong file, or one that grew by a mistake of whatever makes it.",
    remedy: "Look at what makes the file.",
  },
  {
    code: "conf/too-many",
    means: "More problems were found than are listed.",
    why: "The same warning again and again hides the others.",
    remedy: "Mend those that are listed, and check again.",
  },
  {
    code: "file/missing",
    means: "The file does not exist.",
    why: "There is nothing to run. keepalived's own check passes a file that does not exist.",
    remedy: "Name it with `-f`.",
  },
  {
    code: "file/directory",
    means: "The name is that of a directory.",
    why: "Which of its files is meant is not known.",
    remedy: "Name the file in it.",
  },
  {
    code: "file/not-regular",
    means: "The file is a device, a pipe or a socket.",
    why: "Reading it might never end.",
    remedy: "Save it to a file first.",
  },
  {
    code: "file/unreadable",
    means: "The file cannot be opened or read.",
    why: "Nothing is known of what is in it.",
    remedy: "Run as root, or mend its mode.",
  },
  {
    code: "file/too-large",
    means: "The file is larger than any configuration.",
    why: "It is the wrong file.",
    remedy: "Name the right one.",
  },
  {
    code: "file/long-line",
    means: "A line is longer than any line of a configuration.",
    why: "It is the wrong file. keepalived reads 1022 characters of a line, and takes the rest for the next one.",
    remedy: "Name the right one, or break the line.",
  },
  {
    code: "file/binary",
    means: "The file is no text.",
    why: "It is the wrong file, or a damaged one.",
    remedy: "Name the right one.",
  },
  {
    code: "file/utf-16",
    means: "The file is UTF-16, as some editors on Windows save it.",
    why: "keepalived reads nothing in it.",
    remedy: "Convert it: `iconv -f UTF-16 -t UTF-8`.",
  },
  {
    code: "file/encoding",
    means: "The file is not UTF-8: it is read as Latin-1.",
    why: "In a comment it does not matter; in a password or a name it does.",
    remedy: "Convert it with iconv.",
  },
];
