/** The environment of a program, and what tsrun-init must know about it. */
export interface Environment {
  readonly entries: readonly string[];
  /** The value of PATH. Empty if it is not set; then only names with a slash are found. */
  readonly path: string;
  /** HOME is missing or empty, so it is read from the container's /etc/passwd. */
  readonly needsHome: boolean;
}

/**
 * Of entries with the same name the last one counts, as in runc. LISTEN_PID is 1 because the program is the first process of its pid
 * namespace.
 */
export function environmentOf(configured: readonly string[], listenFds: number): Environment {
  const values = new Map<string, string>();
  const all = listenFds === 0 ? configured : [...configured, `LISTEN_FDS=${listenFds}`, 'LISTEN_PID=1'];
  for (const entry of all) {
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    // Moves it to the end, where its last entry was.
    values.delete(name);
    values.set(name, entry);
  }
  const home = values.get('HOME');
  const needsHome = home === undefined || home === 'HOME=';
  if (needsHome) values.delete('HOME');
  return { entries: [...values.values()], path: values.get('PATH')?.slice(5) ?? '', needsHome };
}
