import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { templateSpec } from '../../../src/spec/template.js';
import { findProblems } from '../../../src/spec/validate.js';
import { host } from './fixtures.js';

/** What `runc spec` of runc 1.3 writes, but for the version of the specification and the name. */
function runcWrites(name: string): string {
  const text = readFileSync(new URL(`fixtures/runc-${name}.json`, import.meta.url), 'utf8');
  return text.replace('"ociVersion": "1.2.1"', '"ociVersion": "1.3.0"').replace('"hostname": "runc"', '"hostname": "tsrun"');
}

it.each([
  ['default', false],
  ['rootless', true],
])('writes what runc writes: %s', (name, rootless) => {
  expect(JSON.stringify(templateSpec({ rootless }), null, '\t')).toBe(runcWrites(name));
});

it.each([false, true])('writes what it accepts itself (rootless: %s)', (rootless) => {
  const spec = parseSpec({ text: JSON.stringify(templateSpec({ rootless })), path: 'config.json' });
  expect(findProblems({ spec, host })).toEqual([]);
});
