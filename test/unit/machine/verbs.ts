import type { Log } from '../../../src/cli/log.js';
import { verbs } from '../../../src/commands/index.js';
import { root } from './host.js';

const silent: Log = { fail: () => undefined, add: () => undefined };

/** Calls a verb of the command; returns its exit code, and throws its error. */
export async function call(name: string, ...words: readonly string[]): Promise<number> {
  const entry = verbs.find((verb) => verb.name === name);
  if (entry === undefined) throw new Error(`there is no verb ${name}`);
  const { verb } = await entry.load();
  const globals = {
    debug: false,
    root,
    systemdCgroup: false,
    noCgroup: false,
    rootless: undefined,
    allowAnnotations: [],
    log: { file: null, format: 'text' },
  } as const;
  return verb.invoke({ name, summary: entry.summary, words, globals, log: silent });
}
