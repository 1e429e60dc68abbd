import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, newDirectory, podman, run, runInside, running, succeed, test, theMachine } from '../harness/podman.js';

const inside = (script: string, flags: readonly string[] = []) => succeed(run(['sh', '-c', script], flags));

describe('mounts under podman', () => {
  test('a directory of the host is writable', async () => {
    const directory = newDirectory();
    await inside('echo written > /data/file', [`--volume=${directory}:/data`]);
    expect(readFileSync(`${directory}/file`, 'utf8')).toBe('written\n');
  });

  test('a directory of the host with :ro is read-only', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'kept\n');
    expect(await inside('cat /data/file; echo no 2> /dev/null > /data/file || echo refused', [`--volume=${directory}:/data:ro`])).toBe(
      'kept\nrefused',
    );
  });

  test('a file of the host can be mounted over a file', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'from outside\n');
    expect(await inside('cat /etc/plain', [`--volume=${directory}/file:/etc/plain`])).toBe('from outside');
  });

  test('a file of the host can be mounted where none exists', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'new\n');
    expect(await inside('cat /opt/deep/inside', [`--volume=${directory}/file:/opt/deep/inside`])).toBe('new');
  });

  test('with :rslave, a later mount on the host appears in the container', async () => {
    const directory = newDirectory();
    mkdirSync(`${directory}/later`);
    await succeed(runInside(['sh', '-c', `mount --bind ${directory} ${directory} && mount --make-shared ${directory}`]));
    const id = await running(undefined, [`--volume=${directory}:/data:rslave`]);
    await succeed(runInside(['sh', '-c', `mount -t tmpfs none ${directory}/later && touch ${directory}/later/arrived`]));
    expect(await succeed(podman(['exec', id, 'ls', '/data/later']))).toBe('arrived');
    await succeed(podman(['rm', '--force', '--time=0', id]));
    await succeed(runInside(['umount', `${directory}/later`, directory]));
  });

  test('a named volume keeps its data between containers', async () => {
    await inside('echo kept > /data/file', ['--volume=store:/data']);
    expect(await inside('cat /data/file', ['--volume=store:/data'])).toBe('kept');
    await succeed(podman(['volume', 'rm', 'store']));
  });

  test('--tmpfs has the given size and mode', async () => {
    expect(await inside('stat -c %a /scratch; df -k /scratch | tail -1 | awk "{print \\$2}"', ['--tmpfs=/scratch:size=1m,mode=1770'])).toBe(
      '1770\n1024',
    );
  });

  test('--read-only makes the root file system read-only, but not /tmp', async () => {
    expect(await inside('touch /new 2> /dev/null || echo refused; touch /tmp/new && echo allowed', ['--read-only'])).toBe(
      'refused\nallowed',
    );
  });

  test('--shm-size sets the size of /dev/shm', async () => {
    expect(await inside('df -k /dev/shm | tail -1 | awk "{print \\$2}"', ['--shm-size=2m'])).toBe('2048');
  });

  test('files that a container writes do not reach its image', async () => {
    await inside('echo changed > /etc/plain');
    expect(await inside('cat /etc/plain')).toBe('no program');
  });

  test('the cgroup file system is a read-only cgroup v2', async () => {
    expect(await inside('grep " /sys/fs/cgroup " /proc/mounts')).toMatch(/ \/sys\/fs\/cgroup cgroup2 ro,/);
  });

  test('an overlay volume keeps writes away from its source', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'source\n');
    expect(await inside('echo changed > /data/file; cat /data/file', [`--volume=${directory}:/data:O`])).toBe('changed');
    expect(readFileSync(`${directory}/file`, 'utf8')).toBe('source\n');
  });

  test('a mount of the host does not appear in the container', async () => {
    const text = await inside('cut -d " " -f 2 /proc/mounts');
    expect(text.split('\n')).not.toContain('/var/lib');
    expect(readFileSync(`${theMachine().root}/proc/1/mounts`, 'utf8')).toContain(' /var/lib ');
  });
});
