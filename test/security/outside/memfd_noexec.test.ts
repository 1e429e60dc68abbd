import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, makeBundle, newId, newPath, runtimeCommand, stateRoot, test } from '../../oci/harness/index.js';

/** Runs a script in a pid namespace that forbids executable memfds (memfd_create(2); the setting belongs to the pid namespace). */
async function withoutExecutableMemfds(script: string): Promise<string> {
  const outer = `echo 2 > /proc/sys/vm/memfd_noexec && exec sh -ec "$SCRIPT"`;
  const env = { ...process.env, SCRIPT: script, TSRUN: [...runtimeCommand, '--root', stateRoot].join(' ') };
  const { stdout, stderr } = await promisify(execFile)('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', outer], {
    env,
  });
  return stdout + stderr;
}

// Since Linux 6.3.
describe.runIf(existsSync('/proc/sys/vm/memfd_noexec'))('on a host that forbids executable memfds', () => {
  test('a container runs, and exec works', async () => {
    const id = newId();
    const bundle = makeBundle({ script: 'echo ran; sleep 1000' });
    const output = await withoutExecutableMemfds(`
      $TSRUN run --detach --bundle ${bundle.directory} ${id}
      $TSRUN exec ${id} echo entered
      $TSRUN delete --force ${id}`);
    expect(output).toBe('ran\nentered\n');
  });

  // CVE-2019-5736: the container must not be able to write to the program that is executed in it.
  test('the program of the init cannot be written or made writable', async () => {
    const id = newId();
    const pidFile = newPath();
    const bundle = makeBundle({ script: 'true' });
    const output = await withoutExecutableMemfds(`
      $TSRUN create --bundle ${bundle.directory} --pid-file ${pidFile} ${id} < /dev/null
      exe=/proc/$(cat ${pidFile})/exe
      readlink $exe
      (echo x >> $exe) 2>&1 || true
      chmod 777 $exe 2>&1 || true
      $TSRUN delete --force ${id}`);
    expect(output).toMatch(/^\S*tsrun-init\n.*Read-only file system\n.*Read-only file system\n$/);
  });
});
