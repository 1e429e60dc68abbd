import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './harness/directory.js';
import { optionsOf, verbs } from './harness/help.js';
import { output } from './harness/run.js';

const directory = temporaryDirectory();
output(['scripts/package.sh', 'manual', directory]);
const file = (name: string): string => join(directory, 'completion', name);

/** A `tsrun` with two containers, and another one for --root. */
const programs = join(directory, 'programs');
mkdirSync(programs);
writeFileSync(
  join(programs, 'tsrun'),
  '#!/bin/sh\n[ "$1" != --root ] || { echo "at-$2"; exit; }\n[ "$*" = "list --quiet" ] && printf "web\\nwork\\n"\n',
  {
    mode: 0o755,
  },
);
mkdirSync(join(directory, 'bundle'));
const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}`, HOME: directory };
const names = verbs();

/** Returns what a completion offers for a command line that ends at the cursor, in order. */
type Shell = (line: string) => readonly string[];
const sorted = (list: readonly string[]): readonly string[] => [...list].sort();
const words = (text: string): readonly string[] => text.split('\n').filter((word) => word !== '');

const bash: Shell = (line) => {
  const script = `. '${file('tsrun.bash')}'
    read -ra COMP_WORDS <<< "\${1//=/ = }"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tsrun; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return sorted(words(output(['bash', '-c', script, 'bash', line], { env, cwd: directory })));
};

const fish: Shell = (line) =>
  sorted(
    words(output(['fish', '--no-config', '-c', `source '${file('tsrun.fish')}'; complete -C '${line}'`], { env, cwd: directory })).map(
      (word) => word.split('\t')[0] ?? '',
    ),
  );

/** zsh only completes on a terminal: zpty creates one, and the list that it prints is read. */
const zsh: Shell = (line) => {
  const script = `zmodload zsh/zpty
    zpty z 'PS1= TERM=dumb zsh -f -i'
    zpty -w z 'fpath=(${join(directory, 'completion')} $fpath); autoload -Uz compinit; compinit -D -u; LISTMAX=10000; COLUMNS=200'
    zpty -w z 'zstyle ":completion:*" verbose no; compadd() { builtin compadd -A found "$@"; builtin compadd -O offered "$@"; print -l -- "" "<"$^offered">" > /dev/stderr; builtin compadd "$@" }'
    zpty -w z 'bindkey "^I" complete-word; print begin'
    zpty -r z seen '*begin*begin*'
    zpty -n -w z '${line}'$'\\t'
    zpty -n -w z $'\\C-u'
    zpty -w z 'print the''-end'
    zpty -r z seen '*the-end*'
    print -r -- "$seen"`;
  const text = output(['zsh', '-f', '-c', script], { env, cwd: directory });
  return sorted([...new Set([...text.matchAll(/^<(.+)>\r?$/gm)].map((match) => match[1] ?? ''))]);
};

test.each([
  ['bash', ['bash', '-n', file('tsrun.bash')]],
  ['zsh', ['zsh', '-n', file('_tsrun')]],
  ['fish', ['fish', '--no-execute', file('tsrun.fish')]],
])('%s loads its completion', (_, command) => {
  expect(output(command)).toBe('');
});

test('pressing tab in an interactive bash completes "tsrun de" to "tsrun delete"', () => {
  const typed = `. '${file('tsrun.bash')}'\ntsrun de\t\x01echo got: \x05end\nexit\n`;
  const text = output(['script', '-qec', 'bash --norc --noprofile -i', '/dev/null'], { input: typed, env: { ...env, TERM: 'dumb' } });
  expect(text.replace(/\x1b\[\?2004[hl]/g, '')).toMatch(/^got: tsrun delete end\r?$/m);
});

const shells: readonly (readonly [string, Shell])[] = [
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
];

test.each(shells)('%s offers every verb that --help lists', (_, complete) => {
  expect(complete('tsrun ')).toEqual(sorted(names));
});

test.each(shells)('%s offers the containers in the state root for verbs that need one', (_, complete) => {
  expect(complete('tsrun delete w')).toEqual(['web', 'work']);
  expect(complete('tsrun create w')).toEqual([]);
});

test.each(['', ...names])('bash and fish offer every option of --help, after "tsrun %s"', (verb) => {
  const expected = verb === 'help' ? [] : optionsOf(verb === '' ? undefined : verb);
  expect(bash(`tsrun ${verb} -`.replace('  ', ' '))).toEqual(expect.arrayContaining([...expected]));
  const long = fish(`tsrun ${verb} --`.replace('  ', ' ')).map((word) => word.replace(/=$/, ''));
  expect(long).toEqual(expect.arrayContaining(expected.filter((option) => option.startsWith('--'))));
});

test.each([
  ['tsrun --log-format ', ['json', 'text']],
  ['tsrun --log-format=j', ['json']],
  ['tsrun --root /x delete ', ['at-/x']],
  ['tsrun --root=/x delete ', ['at-/x']],
  ['tsrun --debug --log /tmp/x li', ['list']],
  ['tsrun create --bundle bun', ['bundle']],
  ['tsrun list -f ', ['json', 'table']],
  ['tsrun exec --env A=1 -t w', ['web', 'work']],
  ['tsrun exec web w', []],
  ['tsrun help resu', ['resume']],
  ['tsrun nothing --', []],
])('bash completes %j', (line, expected) => {
  expect(bash(line)).toEqual(expected);
});
