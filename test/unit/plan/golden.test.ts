import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildExecPlan } from '../../../src/plan/exec.js';
import { planDocument, printPlan } from '../../../src/plan/print.js';
import { jsonText } from '../../../src/json/text.js';
import type { ContainerPlan } from '../../../src/plan/types.js';
import { engineParts } from './engine_config.js';
import { host, planOf, specWith } from './fixtures.js';

const engine = (): ContainerPlan =>
  planOf(engineParts, { rootfs: '/var/lib/docker/overlay2/web/merged', seccompFilter: new Uint8Array(8 * 120) });

/** Each is the whole text of a plan in test/golden. If the difference is intended, copy it by hand. */
const plans: Readonly<Record<string, () => ContainerPlan>> = {
  default: () => planOf(),
  engine,
  'overlay-memory': () => planOf({}, { rootfs: '/', overlay: { lowers: ['/'], directory: null } }),
  'overlay-directory': () => planOf({}, { overlay: { lowers: ['/bundle/rootfs'], directory: '/var/lib/upper' } }),
  'overlay-layers': () => planOf({}, { overlay: { lowers: ['/layers/2', '/layers/1', '/layers/0'], directory: null } }),
  joined: () =>
    planOf({
      linux: {
        namespaces: [
          { type: 'user', path: '/proc/7/ns/user' },
          { type: 'network', path: '/proc/7/ns/net' },
          { type: 'pid', path: '/proc/7/ns/pid' },
          { type: 'ipc', path: '/proc/7/ns/ipc' },
          { type: 'mount' },
          { type: 'uts' },
        ],
      },
    }),
  exec: () =>
    buildExecPlan({
      id: 'web',
      spec: specWith(),
      rootfs: '/bundle/rootfs',
      process: { ...specWith().process, args: ['ls', '-l'], terminal: true },
      host,
      noNewKeyring: false,
      preserve: 0,
      listenFds: 0,
      seccompFilter: null,
    }),
};

describe('the printed plan', () => {
  test.each(Object.keys(plans))('%s is unchanged', (name) => {
    const wanted = readFileSync(new URL(`../../golden/${name}.txt`, import.meta.url), 'utf8');
    expect(printPlan((plans[name] as () => ContainerPlan)())).toBe(wanted);
  });

  test('as JSON contains every operation with its fields', () => {
    const plan = engine();
    const document = JSON.parse(jsonText(planDocument(plan))) as ReturnType<typeof planDocument>;
    expect(document.operations.map(({ operation }) => operation)).toEqual(plan.operations.map(({ op }) => op));
    expect(document.namespaces).toContain('user');
    expect(document.operations.find(({ operation }) => operation === 'user')?.arguments).toMatchObject({
      uid: 33,
      groups: '0400000021000000',
    });
  });
});
