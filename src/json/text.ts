/** JSON.stringify for documents that may contain bigints (parse_exactly.ts), which are written as plain integers. */
export function jsonText(value: unknown, indent = 0): string {
  return plainJson(value, indent) ?? write(value, indent === 0 ? '' : '\n', ' '.repeat(indent));
}

/** JSON.stringify, or undefined if the document contains a bigint. */
export function plainJson(value: unknown, indent = 0): string | undefined {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    // JSON.stringify throws a TypeError for a bigint (ECMA-262, SerializeJSONProperty). Searching for one first would cost time for every
    // document that has none.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** `line` is the line break with the indentation of the value, or empty. Documents are trees of limited depth (json_depth.ts). */
function write(value: unknown, line: string, step: string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = line === '' ? '' : line + step;
  const list = Array.isArray(value);
  const entries = list
    ? value.map((entry: unknown) => write(entry, inner, step))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${JSON.stringify(name)}:${line === '' ? '' : ' '}${write(member, inner, step)}`);
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  return entries.length === 0 ? open + close : `${open}${inner}${entries.join(`,${inner}`)}${line}${close}`;
}
