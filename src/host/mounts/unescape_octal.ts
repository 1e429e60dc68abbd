/** Decodes a path of proc_pid_mountinfo(5), which writes space, tab, newline and backslash as \040 and so on. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
