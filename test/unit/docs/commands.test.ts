import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { globalOptions } from '../../../src/cli/options/global.js';
import { verbs } from '../../../src/commands/index.js';
import { bindSys } from '../../../src/sys/call.js';
import { hostWith } from '../machine/host.js';
import { call } from '../machine/verbs.js';
import { codeSpans, project, readPage } from './page.js';

const pages = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(project, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** By verb: what `tsrun VERB --help` prints. */
const helpOf = new Map<string, string>();

beforeAll(async () => {
  for (const { name } of verbs) {
    const machine = hostWith();
    bindSys(machine.sys);
    await call(name, '--help');
    helpOf.set(name, machine.written[1]);
  }
}, 60_000);

/** Why a command would be refused; nothing if it would not. */
function mistakes(command: string): readonly string[] {
  const words = command.replace(/ #.*/, '').split(/\s+/).slice(1);
  const verb = words.find((word) => helpOf.has(word));
  const options = words.flatMap((word) => /^--[a-z-]+/.exec(word) ?? []);
  const own = helpOf.get(verb ?? '') ?? '';
  const unknown = options.filter((option) => !(option.slice(2) in globalOptions) && !new RegExp(`${option}\\b(?!-)`).test(own));
  // `tsrun VERB --help`, `tsrun --version`, `tsrun containerd-shim-tsrun-v2 ...`.
  const named = verb !== undefined || words.every((word) => /^-|^VERB$|^containerd-shim/.test(word) || word === '...');
  return [...unknown, ...(named ? [] : ['no verb'])];
}

test.each(pages)('the commands of tsrun in %s have a verb and options that exist', (page) => {
  const text = readPage(page);
  const lines = [...text.matchAll(/^(?:sudo )?(tsrun .*)$/gm)].map(([, line = '']) => line);
  const commands = [
    ...codeSpans(text).filter((span) => span.startsWith('tsrun ')),
    ...lines.filter((line) => /^tsrun (-|[a-z]+ [-A-Z<])/.test(line)),
  ];
  expect(commands.map((command) => [command, ...mistakes(command)]).filter(({ length }) => length > 1)).toEqual([]);
});

test('a wrong option and a wrong verb are noticed', () => {
  expect(mistakes('tsrun create --bundel DIR')).toEqual(['--bundel']);
  expect(mistakes('tsrun creat ID')).toEqual(['no verb']);
});
