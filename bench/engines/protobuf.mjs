/** As much of protobuf's encoding (protobuf.dev/programming-guides/encoding) as a client of containerd needs. */

function varint(number) {
  const bytes = [];
  let left = BigInt(number);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

/** A message from its fields by number: a number, a text, bytes, a list of these, or undefined for an absent one. */
export function encode(fields) {
  const parts = [];
  for (const [key, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue;
      if (typeof one === 'number') {
        parts.push(varint(Number(key) << 3), varint(one));
        continue;
      }
      const bytes = typeof one === 'string' ? Buffer.from(one) : one;
      parts.push(varint((Number(key) << 3) | 2), varint(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** google.protobuf.Any with a message or, as containerd's typeurl package does for specifications, with JSON. */
export const any = (type, value) => encode({ 1: type, 2: value });

/** The number in field `key` of a message that has only numbers in front of it; 0 if it is absent. */
export function numberIn(bytes, key) {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = read();
    const value = read();
    if ((tag & 7) === 2) at += value;
    else if (tag >> 3 === key) return value;
  }
  return 0;
}
