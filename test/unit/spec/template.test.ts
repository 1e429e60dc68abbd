import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { templateSpec } from '../../../src/spec/template.js';
import { findProblems } from '../../../src/bundle/validate.js';
import { host } from './fixtures.js';

/** What `runc spec` of runc 1.3 writes, but for the version of the specification and the name. */
function runcWrites(name: string): string {
  const text = readFileSync(new URL(`fixtures/runc-${name}.json`, import.meta.url), 'utf8');
  return text.replace('"ociVersion": "1.2.1"', '"ociVersion": "1.3.0"').replace('"hostname": "runc"', '"hostname": "tsrun"');
}

const root = { uid: 0, gid: 0 };

const templates = [
  ['default', { rootless: null, unified: false }],
  ['default-unified', { rootless: null, unified: true }],
  ['rootless', { rootless: root, unified: false }],
  ['rootless-unified', { rootless: root, unified: true }],
] as const;

it.each(templates)('the template is what runc writes: %s', (name, options) => {
  expect(JSON.stringify(templateSpec(options), null, '\t')).toBe(runcWrites(name));
});

it.each(templates)('the template passes our own checks: %s', (_, options) => {
  const spec = parseSpec({ text: JSON.stringify(templateSpec(options)), path: 'config.json' });
  expect(findProblems({ spec, host })).toEqual([]);
});
