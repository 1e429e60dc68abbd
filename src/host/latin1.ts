/**
 * Returns bytes as text, one character each. Files of /proc contain names that users choose and that need not be UTF-8 (a process may call
 * itself anything): with strict decoding, one hostile container would make every read fail.
 */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += longest) text += String.fromCharCode(...bytes.subarray(at, at + longest));
  return text;
}

/** Arguments of one call; the engines accept more. */
const longest = 4096;
