/**
 * Escapes characters that a terminal obeys. Names and output of an image end up in messages and tables, and must not move the cursor,
 * change the title or hide other text. C0, DEL and C1 (ECMA-48), and marks that change the direction of text (CVE-2021-42574), are written
 * as JSON escapes, so that a JSON document keeps its meaning.
 */
export function printable(text: string): string {
  return text.replace(obeyed, escape);
}

/** Like {@link printable}, but for text of more than one line. */
export function printableLines(text: string): string {
  return text.replace(obeyedInLines, escape);
}

// The same, except for the line feed.
const obeyed = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const obeyedInLines = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escape(character: string): string {
  return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
