import { inQuotes } from "./comment.ts";
import type { SourceText } from "./text.ts";

/** A stretch of a file. Without `end` it has the length of the text that came from it, character by character; with `end`
 *  that text stands for the stretch as a whole, as a value stands for `${NAME}`. */
export type Place = {
  readonly source: SourceText;
  readonly start: number;
  readonly end?: number | undefined;
  /** Where the text itself was written, when it is not what stands at the place: the innermost definition first. */
  readonly note?: Note | undefined;
};

export type Note = Place & { readonly message: string };

/** What a part of an expanded line stands for; it begins at `at` and ends where the next one begins. */
export type Piece = Place & { readonly at: number };

/** A line with `origin`: what expansion works on. Its first piece begins at 0. */
export type Line = SourceText & { readonly origin: readonly Piece[] };

/** More notes than this explain nothing any more. */
const MAX_NOTES = 5;

export type Stretch = { readonly source: SourceText; readonly start: number; readonly end: number };

/** The place in a real file that a place in any text stands for. */
export function realPlace({ source, start, end }: Stretch): Stretch & { readonly note?: Note | undefined } {
  const pieces = source.origin;
  const first = pieces?.[pieceAt(pieces, start)];
  if (!first) return { source, start, end };
  const last = (pieces as readonly Piece[])[pieceAt(pieces, Math.max(start, end - 1))] as Piece;
  const realStart = first.end === undefined ? first.start + start - first.at : first.start;
  const realEnd = last.end ?? last.start + end - last.at;
  return {
    source: first.source,
    start: realStart,
    end: last.source === first.source && realEnd >= realStart ? realEnd : (first.end ?? realStart),
    note: noteIn(source, pieces, start, end),
  };
}

/** How the place in an expanded line came to be, as places in files, the innermost definition first. */
export function notesOf(at: Stretch): readonly (Stretch & { readonly message: string })[] {
  const notes: (Stretch & { readonly message: string })[] = [];
  for (let note = realPlace(at).note; note && notes.length < MAX_NOTES; note = note.note)
    notes.push({ message: note.message, source: note.source, start: note.start, end: note.end ?? note.start });
  return notes;
}

/** The first note of the pieces in a stretch, cut to the stretch. */
function noteIn(source: SourceText, pieces: readonly Piece[], start: number, end: number): Note | undefined {
  for (let i = pieceAt(pieces, start); i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    if (piece.at >= end && piece.at > start) return undefined;
    const next = pieces[i + 1]?.at ?? source.text.length;
    const from = Math.max(start, piece.at);
    if (piece.note) return closed(shifted(piece.note, from - piece.at), Math.min(end, next) - from) as Note;
  }
  return undefined;
}

/** Index of the piece that holds an offset. */
function pieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle] as Piece).at <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The place of what stands `by` characters further on. */
function shifted<P extends Place>(place: P, by: number): P {
  if (by === 0) return place;
  const start = place.end === undefined ? place.start + by : place.start;
  return { ...place, start, ...(place.note && { note: shifted(place.note, by) }) };
}

/** The place with the length of its text written out. */
function closed<P extends Place>(place: P, length: number): P {
  return { ...place, end: place.end ?? place.start + length, ...(place.note && { note: closed(place.note, length) }) };
}

/** What a text stands for that was written at `place` and used by `within`: the use, and how it came to be. */
export function within(place: Place, use: Use | undefined): Place {
  if (!use) return place;
  const { source, start, end, note } = use.at;
  const { message } = use;
  const own: Note = {
    message,
    source: place.source,
    start: place.start,
    end: place.end,
    note: joined(place.note, note),
  };
  return { source, start, end, note: own };
}

/** Where a name is used, and what to say of the place that its value was written at. */
export type Use = { readonly at: Place & { readonly end: number }; readonly message: string };

/** One chain of notes behind the other; `room` is how many there may be of both together. */
function joined(a: Note | undefined, b: Note | undefined, room = MAX_NOTES - 1): Note | undefined {
  const first = a ?? b;
  if (!first || room === 0) return undefined;
  const rest = a ? joined(a.note, b, room - 1) : joined(undefined, b?.note, room - 1);
  return rest === first.note ? first : { ...first, note: rest };
}

/** A stretch of a line as what it stands for, whole. */
export function stretchOf(line: Line, start: number, end: number): Place & { readonly end: number } {
  return realPlace({ source: line, start, end });
}

/** A line of a file as it stands there. */
export const lineOf = (source: SourceText, start: number, end: number): Line => ({
  file: source.file,
  text: source.text.slice(start, end),
  origin: [{ at: 0, source, start }],
});

/** A line that stands for a place as a whole. */
export const lineFor = (text: string, place: Place): Line => ({
  file: place.source.file,
  text,
  origin: [{ ...place, at: 0 }],
});

export function sliceLine(line: Line, start: number, end = line.text.length): Line {
  if (start === 0 && end === line.text.length) return line;
  const builder = new LineBuilder();
  builder.copy(line, start, end);
  return builder.line(line);
}

/** Puts a line together out of stretches of others. */
export class LineBuilder {
  #text = "";
  #quoted = false;
  readonly #pieces: Piece[] = [];

  get length(): number {
    return this.#text.length;
  }

  /** Whether what comes next stands between double quotes. */
  get inQuotes(): boolean {
    return this.#quoted;
  }

  #append(text: string): void {
    if (inQuotes(text)) this.#quoted = !this.#quoted;
    this.#text += text;
  }

  /** Adds a text that stands for a place as a whole. */
  add(text: string, place: Place): void {
    if (text === "") return;
    this.#pieces.push({ ...place, at: this.#text.length });
    this.#append(text);
  }

  copy(line: Line, start: number, end: number, use?: Use): void {
    if (start >= end) return;
    for (let i = pieceAt(line.origin, start); i < line.origin.length; i++) {
      const piece = line.origin[i] as Piece;
      if (piece.at >= end) break;
      const from = Math.max(start, piece.at);
      this.#pieces.push({ ...within(shifted(piece, from - piece.at), use), at: this.#text.length + from - start });
    }
    this.#append(line.text.slice(start, end));
  }

  /** What has been put together; `like` tells the file of a line without text. */
  line(like: Line): Line {
    const origin = this.#pieces.length > 0 ? this.#pieces : [{ ...(like.origin[0] as Piece), at: 0 }];
    return { file: (origin[0] as Piece).source.file, text: this.#text, origin };
  }
}
