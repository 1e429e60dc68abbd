/** The command line as data, read from the option tables that the command itself uses. */
import { build } from 'esbuild';

const entry = `
  import { globalOptions } from './src/cli/options/global.ts';
  import { verbs } from './src/commands/index.ts';
  export { globalOptions, verbs };`;

/** Replaces src/cli/verb.ts, which does not export a verb's description. */
const transparentVerb = {
  name: 'transparent-verb',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/cli\/verb\.js$/ }, () => ({ path: 'verb', namespace: 'transparent' }));
    onLoad({ filter: /./, namespace: 'transparent' }, () => ({ contents: 'export const defineVerb = (description) => description;' }));
  },
};

const help = { help: { kind: 'switch', short: 'h', about: 'print this help' } };
const helpVerb = { name: 'help', summary: 'print this help, or the help of a verb', usage: '[verb]', about: undefined, options: [] };

/** Returns the program's `options` and `verbs`; each verb has a name, summary, usage, about and options. Hidden options are left out. */
export async function describe() {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: '.', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    plugins: [transparentVerb],
  });
  const { globalOptions, verbs } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  const described = await Promise.all(
    verbs.map(async ({ name, summary, load }) => {
      const { usage, about, options } = (await load()).verb;
      return { name, summary, usage, about, options: shown({ ...options, ...help }) };
    }),
  );
  return { options: shown(globalOptions), verbs: [...described, helpVerb].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** A list of { name, short, aliases, about, value, valueIsOptional, repeats }; value is undefined for a switch. */
function shown(table) {
  return Object.entries(table)
    .filter(([, shape]) => shape.hidden !== true)
    .map(([name, { short, aliases = [], about, value, bare, kind }]) => ({
      name,
      short,
      aliases,
      about,
      value,
      valueIsOptional: bare !== undefined,
      repeats: kind === 'list',
    }));
}
