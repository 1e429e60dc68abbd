import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { featuresDocument } from '../../../src/features/document.js';

const features = (seccomp: string) =>
  featuresDocument({ version: '1.2.3', commit: 'abc', seccomp, seccompFlags: ['SECCOMP_FILTER_FLAG_LOG'] });

test('contains what dockerd and containerd read', () => {
  expect(features('2.5.4')).toMatchObject({
    mountOptions: expect.arrayContaining(['rro', 'rbind', 'tmpcopyup']) as unknown,
    linux: { namespaces: expect.arrayContaining(['user', 'time']) as unknown, mountExtensions: { idmap: { enabled: true } } },
  });
});

test('contains the version of libseccomp', () => {
  expect(features('2.5.4')).toMatchObject({
    linux: { seccomp: { enabled: true, actions: expect.arrayContaining(['SCMP_ACT_NOTIFY']) as unknown } },
    annotations: { 'io.github.seccomp.libseccomp.version': '2.5.4' },
  });
});

test('contains no seccomp without libseccomp', () => {
  expect(features('')).toMatchObject({ linux: { seccomp: { enabled: false } } });
});

test.each(['2.5.4', ''])('matches the schema with libseccomp "%s"', (seccomp) => {
  const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync('test/fixtures/features_schema.json', 'utf8')) as object);
  validate(features(seccomp));
  expect(validate.errors).toBe(null);
});
