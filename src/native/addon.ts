import { createRequire } from 'node:module';
import type { Door } from './contract.js';

/** The door of Node.js: the addon, which package.json names `#addon`, so that it is found from the sources, from `dist/` and from the bundled command. */
export function loadAddon(): Door {
  const native = createRequire(import.meta.url)('#addon') as Omit<Door, 'exit'>;
  return { ...native, exit: ({ code }) => process.exit(code) };
}
