// Run by run.sh in a project that has the packages installed: what the library does without the system calls that qemu-user lacks.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime, RuntimeError } from '@tsrun/runtime';

let passed = 0;
async function test(name, body) {
  await body();
  passed += 1;
  console.log(`ok: ${name}`);
}

const directory = mkdtempSync(join(tmpdir(), 'tsrun-arm64-'));
try {
  const bundle = join(directory, 'bundle');
  mkdirSync(join(bundle, 'rootfs/bin'), { recursive: true });
  writeFileSync(join(bundle, 'rootfs/bin/sh'), '', { mode: 0o755 });
  const runtime = new Runtime({ root: join(directory, 'state') });
  await test('the addon is that of the package for arm64', () => {
    assert.equal(process.arch, 'arm64');
  });
  await test('spec, written to a bundle, passes check', () => {
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(runtime.spec()));
    assert.deepEqual(runtime.check({ bundle }), []);
  });
  await test('plan says what create would do', () => {
    assert.ok(runtime.plan({ bundle }).length > 20);
  });
  await test('list finds no container', () => {
    assert.deepEqual(runtime.list(), []);
  });
  await test('an error says what is missing', async () => {
    await assert.rejects(
      runtime.create({ id: 'a', bundle: '/nonexistent' }),
      (error) => error instanceof RuntimeError && /ENOENT/.test(error.message),
    );
  });
  await test('a container that cannot be created leaves nothing', async () => {
    await assert.rejects(runtime.create({ id: 'a', bundle }), RuntimeError);
    assert.deepEqual(runtime.list(), []);
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${passed} passed, 0 failed`);
