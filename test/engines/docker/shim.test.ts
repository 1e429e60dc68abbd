/** The rows about containers work through tsrun's own shim, too. */
import { execFileSync } from 'node:child_process';
import { test } from 'vitest';

const version = execFileSync('/usr/sbin/dockerd', ['--version'], { encoding: 'utf8' }).trim();
const [, major = '0'] = /version (\d+)\./.exec(version) ?? [];

if (Number(major) < 23) test.skip(`${version} takes no shims by their names, 23.0 does`);
else {
  const { throughShim } = await import('../harness/docker.js');
  throughShim();
  await import('./lifecycle.test.js');
}
