/**
 * Returns bytes as text, one character each. Files of /proc contain names that users choose and that need not be UTF-8 (a process may call
 * itself anything): with strict decoding, one hostile container would make every read fail.
 */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += longest) text += one(bytes.subarray(at, at + longest));
  return text;
}

/** As an array-like object: spreading would go through its iterator, byte by byte. */
const one = (bytes: Uint8Array): string => String.fromCharCode.apply(null, bytes as unknown as number[]);

/** Arguments of one call; the engines accept more. */
const longest = 4096;
