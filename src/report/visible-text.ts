/**
 * Names out of coverage files may hold anything: line feeds that forge lcov records, escape sequences that
 * move a terminal's cursor, marks that turn the direction of writing (CVE-2021-42574). They are shown, not
 * obeyed.
 */
export function visibleText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) as number;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

// C0, DEL, C1, line and paragraph separators, direction marks, lone surrogates.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
