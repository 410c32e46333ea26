import type { Arguments } from "./arguments.ts";
import type { Statement } from "./tree.ts";

/** A type of value: how it is read from the words after a keyword, and how it is written in documentation.
 *  `body` is what the keyword takes beside words on its line: nothing, a block whose lines are items, or one of words.
 *  `read` gives undefined when the value cannot be right; it has reported why by then. */
export type ValueType<T> = {
  readonly syntax: string;
  readonly body: "none" | "lines" | "words";
  /** Takes words before its block too: `read` takes them all. */
  readonly named?: boolean;
  /** Of a number: what it counts as it is written ("s", "bytes"), and the values it may have ("1..255"). */
  readonly unit?: string;
  readonly range?: string;
  /** The words of an enumeration. */
  readonly values?: readonly string[];
  /** A value as it is written in a file: 1000 (ms) as "1" where the file has seconds. */
  show?(value: T): string;
  /** The options that a line of this list may have: rows whose `in` is the list's name and `[]`. */
  readonly items?: readonly (Row | Alias)[];
  read(words: Arguments): T | undefined;
};

/** The process a keyword concerns. */
export type ProcessName = "all" | "parent" | "vrrp" | "checker" | "bfd";

/** What is documented of every keyword. `since` is the keepalived version that brought it. */
export type Manual = {
  /** The block it stands in; "root" outside all blocks. */
  readonly in: string;
  readonly doc: string;
  readonly example?: string;
  readonly since?: string;
  readonly process?: ProcessName;
  readonly rfc?: string;
  /** The default in words, where it is not one fixed value ("the virtual server's"). */
  readonly defaultText?: string;
  /** Still understood, with a warning: what to write instead. */
  readonly deprecated?: string;
  /** Read and checked, with a warning that it has no effect: why. */
  readonly noEffect?: string;
  /** Read, checked and in the plan; but no process acts on it, and a director that ignored it would not do what the file
   *  says, so that it is an error: what to do. */
  readonly notSupported?: string;
};

/** Several statements of one keyword: the last counts, the first counts (with a warning), or all do. */
export type Repeat = "last" | "first" | "all";

export type Row<N extends string = string, V = unknown> = Manual & {
  readonly kind: "row";
  readonly name: N;
  readonly type: ValueType<unknown>;
  readonly default?: unknown;
  readonly repeat: Repeat;
  /** Never set: carries V for the type of a block. */
  readonly value?: V;
};

export type Alias<N extends string = string> = Manual & {
  readonly kind: "alias";
  readonly name: N;
  readonly of: Row | AnyBlock;
};

export interface AnyBlock extends Manual {
  readonly kind: "block";
  readonly name: string;
  /** What stands between the keyword and the brace. */
  readonly argument: ValueType<unknown> | undefined;
  readonly rows: readonly Member[];
  /** `all`: each block is one value of a list. `merge`: several blocks are read as one. */
  readonly repeat: "all" | "merge";
  /** rows by name, aliases included. */
  readonly byName: ReadonlyMap<string, Member>;
}

export type BlockRow<N extends string, A, M extends readonly Member[]> = AnyBlock & {
  readonly name: N;
  readonly argument: ValueType<A> | undefined;
  readonly rows: M;
};

export type Member = Row | Alias | AnyBlock;

type RowSpec<N extends string, T> = Manual & {
  readonly name: N;
  readonly type: ValueType<T>;
  readonly default?: NoInfer<T>;
};

/** Declares a keyword; parser, validator, `explain` and docs/keywords.md are read off it. Its value in a block is there
 *  always where there is a default, `undefined` where there is none and the keyword is not given. */
export function row<const N extends string, T>(spec: RowSpec<N, T> & { readonly repeat: "all" }): Row<N, readonly T[]>;
export function row<const N extends string, T>(
  spec: RowSpec<N, T> & { readonly default: NoInfer<T>; readonly repeat?: "first" },
): Row<N, T>;
export function row<const N extends string, T>(
  spec: RowSpec<N, T> & { readonly repeat?: "first" },
): Row<N, T | undefined>;
export function row(spec: RowSpec<string, unknown> & { readonly repeat?: Repeat }): Row {
  return { kind: "row", repeat: "last", ...spec };
}

/** Another name of a keyword of the same block; what is not said of it is as with that. */
export function alias<const N extends string>(
  spec: Omit<Manual, "doc"> & { readonly name: N; readonly of: Row | AnyBlock; readonly doc?: string },
): Alias<N> {
  const { process } = spec.of;
  return { kind: "alias", ...(process && { process }), ...spec, doc: spec.doc ?? `Another name of ${spec.of.name}.` };
}

/** Declares a block keyword and what may stand in it. */
export function block<const N extends string, const M extends readonly Member[], A = undefined>(
  spec: Manual & {
    readonly name: N;
    readonly argument?: ValueType<A>;
    readonly rows: M;
    readonly repeat?: "all" | "merge";
  },
): BlockRow<N, A, M> {
  const byName = new Map<string, Member>();
  for (const member of spec.rows) {
    if (byName.has(member.name) || member.in !== spec.name)
      throw new Error(`keyword ${member.name} of ${member.in} cannot be declared in ${spec.name}`);
    byName.set(member.name, member);
  }
  return { kind: "block", repeat: "all", ...spec, argument: spec.argument, byName };
}

/** Where a block's value came from: its own statement, the statements in it, and what declares it. */
export const ORIGIN: unique symbol = Symbol("origin");
export type Origin = {
  readonly statement: Statement;
  readonly statements: readonly Statement[];
  readonly schema: AnyBlock;
};

/** The typed value of a block. */
export type BlockOf<B> =
  B extends BlockRow<string, infer A, infer M>
    ? ValuesOf<M> & {
        readonly argument: A;
        readonly [ORIGIN]: Origin;
      }
    : never;

/** The values of rows by their names. */
export type ValuesOf<M extends readonly Member[]> = { readonly [R in M[number] as KeyOf<R>]: MemberValue<R> };

/** Rows whose names are not literal are those without effect: nobody asks for their values. */
type KeyOf<R extends Member> = R extends Alias ? never : string extends R["name"] ? never : R["name"];

type MemberValue<R> =
  R extends Row<string, infer V> ? V : R extends BlockRow<string, infer _A, infer _M> ? readonly BlockOf<R>[] : never;
