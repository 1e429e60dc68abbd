const width = 30;

/** A progress bar on standard error, if that is a terminal. */
export function progressBar(stream = process.stderr) {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  let shown = '';
  return {
    show(name, done, all) {
      const full = Math.round((width * done) / all);
      const text = `${name.padEnd(16)} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${done}/${all}`;
      if (text !== shown) stream.write(`\r\x1b[K${text}`);
      shown = text;
    },
    clear: () => void stream.write('\r\x1b[K'),
  };
}
