/**
 * The manifests, as kubectl's own types of the API read them. `kubectl apply --dry-run=client` asks a server for its API, and no server is
 * available; the commands with --local do not.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const directory = new URL('../../../deploy/kubernetes/', import.meta.url).pathname;
const sid = resolve(process.env['TSRUN_SID_ROOT'] ?? '.cache/sid');
const inRoot = new URL('../../../scripts/setup/in_root.sh', import.meta.url).pathname;

/** The line that starts kubectl: that of the machine, or of the root file system of Debian sid. */
function kubectl(): readonly string[] | null {
  if (spawnSync('kubectl', ['version', '--client']).status === 0) return ['kubectl'];
  return existsSync(`${sid}/usr/bin/kubectl`) ? [inRoot, sid, 'kubectl'] : null;
}

const line = kubectl();

function called(args: readonly string[], input: string): unknown {
  const [program = '', ...rest] = [...(line ?? []), ...args, '--local', '--filename=-', '--output=json'];
  return JSON.parse(execFileSync(program, rest, { input, encoding: 'utf8', stdio: 'pipe' }));
}

const text = (file: string): string => readFileSync(directory + file, 'utf8');

/** The document as it is. */
const document = (yaml: string): object => called(['label', 'tested=yes', '--overwrite'], yaml) as object;

/** What is left of the document when kubectl has read it as an object of its API: without fields that the API does not have. */
const known = (yaml: string): { metadata: object } => called(['set', 'serviceaccount', 'tested'], yaml) as { metadata: object };

if (line === null) test.skip(`neither kubectl nor ${sid}/usr/bin/kubectl exists: scripts/setup/sid_engines.sh installs it`);
else
  describe('the manifests for Kubernetes', () => {
    test.each(['daemonset.yaml', 'remove.yaml'])('%s has only fields of the API, with values of their types', (file) => {
      const { metadata: _metadata, ...rest } = document(text(file)) as { metadata: object };
      expect(known(text(file))).toMatchObject(rest);
    });

    test('a field that the API does not have would be seen', () => {
      const wrong = text('daemonset.yaml').replace('hostPath:', 'hostPaht:');
      const { metadata: _metadata, ...rest } = document(wrong) as { metadata: object };
      expect(known(wrong)).not.toMatchObject(rest);
      expect(() =>
        known(text('daemonset.yaml').replace('automountServiceAccountToken: false', 'automountServiceAccountToken: 5')),
      ).toThrow();
    });

    test('the RuntimeClass has the handler that the installer makes', () => {
      expect(document(text('runtimeclass.yaml'))).toEqual({
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: 'tsrun', labels: { tested: 'yes' } },
        handler: 'tsrun',
      });
    });
  });
