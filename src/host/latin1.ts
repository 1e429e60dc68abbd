/**
 * Bytes as text, one character each. Files of /proc hold names that users choose and that need not be UTF-8 (a process may call itself anything):
 * read strictly, one hostile container would make every look at it fail.
 */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
