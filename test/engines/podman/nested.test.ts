import { describe, expect, run, succeed, test } from '../harness/podman.js';
import { runtimePath } from '../harness/runtime_path.js';

/** Runs a shell script in a container that has tsrun and a bundle in /b. */
function inside(script: string, flags: readonly string[] = []): Promise<string> {
  const bundle =
    'mkdir -p /b/rootfs && cp -r /bin /b/rootfs && rm -f /b/rootfs/bin/tsrun && cd /b && tsrun spec && sed -i "s/\\"terminal\\": true/\\"terminal\\": false/; s/\\"sh\\"/\\"id\\"/" config.json';
  return succeed(run(['sh', '-c', `{ ${bundle} && ${script}; } 2>&1`], [`--volume=${runtimePath}:/bin/tsrun:ro`, ...flags]));
}

const start = '{ tsrun --root /tmp/state run inner; echo $?; ls /tmp/state; }';

describe('tsrun in a container of podman', () => {
  test('with its defaults fails in one sentence with the remedy, and leaves nothing', async () => {
    expect(await inside(start)).toMatch(
      /^(?:time=.* level=warning .*\n)*tsrun: make cgroup .*\(EROFS\) \(hint: .*mounted writable.*\)\n1$/,
    );
  });

  test('with its defaults check --host names each obstacle', async () => {
    const output = await inside('{ tsrun check --host; echo $?; }');
    expect(output).toMatch(/^limited: namespaces: pid: only together with a new user namespace/m);
    expect(output).toMatch(/^limited: mounts: procfs: no new one .*\n {2}remedy: bind \/proc recursively/m);
    expect(output).toMatch(/^missing: cgroup: write access: .*read-only.*\n {2}remedy: .*unmask=\/sys\/fs\/cgroup/m);
    expect(output).toMatch(/^no container can run on this host\n1$/m);
  });

  test('with --privileged runs containers', async () => {
    expect(await inside(start, ['--privileged', '--cgroupns=private'])).toMatch(/uid=0.*\n0$/);
  });
});
