/** Returns where the string that begins at `start` in JSON text ends: at a quote after an even number of backslashes. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let escape = end - 1;
    while (text.charCodeAt(escape) === backslash) escape--;
    if ((end - escape) % 2 === 1) return end;
  }
}

const backslash = 0x5c;
