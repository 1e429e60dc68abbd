/** Messages that no failure of the machine explains. */
const bug = /bug in tsrun|fault of tsrun|TypeError|ReferenceError|RangeError|SyntaxError|InternalError|undefined|\[object|\bNaN\b|^\s+at /m;

/** Checks the message of a failed verb: there must be one error, on one line. */
export function badWords(stderr: string): readonly string[] {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const errors = lines.filter((line) => line.startsWith('tsrun: ') || / level=error /.test(line));
  if (errors.length !== 1) return [`${errors.length} lines of error: ${JSON.stringify(stderr)}`];
  return mistakes(stderr);
}

/** Finds messages that no verb may print, whether it succeeds or fails. */
export function mistakes(stderr: string): readonly string[] {
  return bug.test(stderr) ? [`a mistake shows: ${JSON.stringify(stderr)}`] : [];
}
