import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { can, describe, expect, newDirectory, runtime, runtimeCommand, test } from '../harness/index.js';

/** How often the command is started; the kernel loads it at another address each time. */
const starts = 64;

const absent = 'no-such-container';
const unknown = /^1: .*container does not exist/;
const hot: readonly (readonly [verb: string, words: readonly string[], answer: RegExp])[] = [
  ['create', ['--bundle', '/nonexistent', absent], /^1: .*\/nonexistent/],
  ['delete', [absent], unknown],
  ['exec', [absent, 'true'], /^255: .*container does not exist/],
  ['kill', [absent], unknown],
  ['run', ['--bundle', '/nonexistent', absent], /^1: .*\/nonexistent/],
  ['start', [absent], unknown],
  ['state', [absent], unknown],
];

/** Only the executable has images. */
const onQuickJS = can.tsrun && !runtimeCommand.includes('node');

/** Hot verbs are started from images of their programs (docs/decisions/0009). */
describe.runIf(onQuickJS)('the program of a verb', () => {
  test.each(hot)('%s works at any load address', async (verb, words, answer) => {
    const answers = new Set<string>();
    for (let count = 0; count < starts; count++) {
      const { code, stderr } = await runtime([verb, ...words]);
      answers.add(`${code}: ${stderr}`);
    }
    expect([...answers]).toEqual([expect.stringMatching(answer)]);
  });

  test.each(hot)('%s as the value of an option hands over to the program of the intended verb', async (word) => {
    const { code, stdout, stderr } = await runtime(['--root', word, 'list'], { root: null, cwd: newDirectory() });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expect.stringMatching(/^ID +PID +STATUS/) as string, stderr: '' });
  });

  test('hands over to help', async () => {
    const { code, stdout } = await runtime(['run', '--help']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('--bundle') as string });
  });
});

/** The build adds the images to this file, or leaves it unchanged with TSRUN_IMAGES=off. */
const plain = join(import.meta.dirname, '../../../build/Release/tsrun');

describe.runIf(onQuickJS && existsSync(plain))('the executable without images', () => {
  test.each(hot)('%s ends as it does with an image', (verb, words, answer) => {
    const { status, stderr } = spawnSync(plain, [verb, ...words], { encoding: 'utf8' });
    expect(`${status}: ${stderr}`).toMatch(answer);
  });

  test('cannot be made to write an image by three arguments', () => {
    const { status, stdout, stderr } = spawnSync(plain, ['delete', '--force', absent], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
