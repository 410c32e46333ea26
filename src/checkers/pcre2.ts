/** The options of pcre2_compile(), PCRE2_* of pcre2.h, by the names that the configuration has for them. */
const BITS = {
  allow_empty_class: 0x1,
  alt_bsux: 0x2,
  alt_circumflex: 0x20_0000,
  alt_verbnames: 0x40_0000,
  anchored: 0x8000_0000,
  auto_callout: 0x4,
  caseless: 0x8,
  dollar_endonly: 0x10,
  dotall: 0x20,
  dupnames: 0x40,
  endanchored: 0x2000_0000,
  extended: 0x80,
  extended_more: 0x100_0000,
  firstline: 0x100,
  literal: 0x200_0000,
  match_invalid_utf: 0x400_0000,
  match_unset_backref: 0x200,
  multiline: 0x400,
  never_backslash_c: 0x10_0000,
  never_ucp: 0x800,
  never_utf: 0x1000,
  no_auto_capture: 0x2000,
  no_auto_possess: 0x4000,
  no_dotstar_anchor: 0x8000,
  no_start_optimize: 0x1_0000,
  no_utf_check: 0x4000_0000,
  ucp: 0x2_0000,
  ungreedy: 0x4_0000,
  use_offset_limit: 0x80_0000,
  utf: 0x8_0000,
} as const;

export type Pcre2Option = keyof typeof BITS;

export const PCRE2_OPTIONS = Object.keys(BITS) as readonly Pcre2Option[];

/** The options argument of pcre2_compile(); unknown names count for nothing. */
export const pcre2Bits = (names: readonly string[]): number =>
  names.reduce((sum, name) => (sum | (BITS[name as Pcre2Option] ?? 0)) >>> 0, 0);
