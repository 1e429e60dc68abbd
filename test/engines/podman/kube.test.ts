import { writeFileSync } from 'node:fs';
import { describe, exit, expect, image, inspect, newPath, podman, succeed, test, until } from '../harness/podman.js';
import { runtimePath } from '../harness/runtime_path.js';

/**
 * A pod of two containers as Kubernetes describes it: one serves a page from a volume that both have, the other one fetches it by
 * localhost. The volume belongs to the user of the container that starts first. No device is opened: podman 4.3 attaches a device filter to
 * a pod's cgroup that allows none, with every runtime.
 */
const pod = `
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: { app: web }
spec:
  hostNetwork: false
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  volumes:
    - name: shared
      emptyDir: {}
  containers:
    - name: server
      image: ${image}
      imagePullPolicy: Never
      command: [/bin/sh, -c]
      args: ['echo "$COLOUR page" > /shared/page; exec httpd -f -p 8080 -h /shared']
      env: [{ name: COLOUR, value: blue }, { name: PATH, value: /bin }]
      volumeMounts: [{ name: shared, mountPath: /shared }]
      securityContext: { capabilities: { drop: [ALL], add: [DAC_OVERRIDE] }, allowPrivilegeEscalation: false }
    - name: client
      image: ${image}
      imagePullPolicy: Never
      command: [/bin/sh, -c]
      args: ['until wget -q -O - http://127.0.0.1:8080/page; do sleep 0.1; done; hostname; id; exec sleep 1000']
      workingDir: /tmp
      env: [{ name: PATH, value: /bin }]
      volumeMounts: [{ name: shared, mountPath: /shared, readOnly: true }]
      securityContext: { readOnlyRootFilesystem: true, runAsUser: 1000, runAsGroup: 1001 }
`;

async function play(yaml: string, flags: readonly string[] = []): Promise<string> {
  const path = `${newPath()}.yaml`;
  writeFileSync(path, yaml);
  await succeed(podman(['kube', 'play', '--network=none', ...flags, path], { timeout: 30_000 }));
  return path;
}

/** Runs a command with a notify socket (sd_notify(3)), and prints what was written to it. */
const notified = `
import os, socket, subprocess, sys
path = '/run/notify'
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
listener.settimeout(10)
code = subprocess.call(sys.argv[1:], stdout=2, env={**os.environ, 'NOTIFY_SOCKET': path})
text = ''
while code == 0 and 'READY=1' not in text:
    text += listener.recv(4096).decode() + '\\n'
print(text)
sys.exit(code)
`;

const namespace = (container: string, kind: string): Promise<string> =>
  succeed(podman(['exec', container, 'readlink', `/proc/self/ns/${kind}`]));

describe('podman kube play', () => {
  test('runs a pod whose containers share network, host name, IPC and a volume; down removes it', async () => {
    const path = await play(pod);
    await until('the client has the page', async () => (await podman(['logs', 'web-client'])).stdout.includes('uid'));
    expect((await podman(['logs', 'web-client'])).stdout).toBe('blue page\nweb\nuid=1000(user) gid=1001(1001) groups=1001(1001)\n');
    for (const kind of ['net', 'ipc', 'uts']) expect(await namespace('web-server', kind)).toBe(await namespace('web-client', kind));
    for (const kind of ['mnt', 'pid']) expect(await namespace('web-server', kind)).not.toBe(await namespace('web-client', kind));
    const seen = 'pwd; touch /shared/x 2>&1; touch /x 2>&1; grep NoNewPrivs /proc/self/status';
    const inClient = (await podman(['exec', 'web-client', 'sh', '-c', seen])).stdout;
    expect(inClient).toBe('/tmp\ntouch: /shared/x: Read-only file system\ntouch: /x: Read-only file system\nNoNewPrivs:\t0\n');
    expect(await succeed(podman(['exec', 'web-server', 'sh', '-c', 'grep -E "NoNewPrivs|CapBnd" /proc/self/status']))).toBe(
      'CapBnd:\t0000000000000002\nNoNewPrivs:\t1',
    );
    await succeed(podman(['kube', 'down', path], { timeout: 30_000 }));
    expect(await succeed(podman(['ps', '--all', '--quiet']))).toBe('');
    expect(await succeed(podman(['pod', 'ps', '--quiet']))).toBe('');
  });

  test('--replace runs a changed pod in place of the old one', async () => {
    await play(pod);
    await play(pod.replace('value: blue', 'value: green'), ['--replace']);
    await until('the new page', async () => (await podman(['logs', 'web-client'])).stdout.includes('page'));
    expect((await podman(['logs', 'web-client'])).stdout).toMatch(/^green page/);
  });

  test('runs init containers first, and restarts a container that fails', async () => {
    const init = `  initContainers:
    - name: first
      image: ${image}
      imagePullPolicy: Never
      command: [/bin/sh, -c, 'echo initialized > /shared/order']
      volumeMounts: [{ name: shared, mountPath: /shared }]
`;
    const [head = '', ...rest] = pod.split('  containers:\n');
    const failing = "args: ['cat /shared/order; sleep 0.1; exit 3']";
    const changed = `${head.replace('Never', 'OnFailure')}${init}  containers:\n${rest.join('')}`.replace(/args: \['echo.*/, failing);
    await play(changed);
    await until('it has restarted', async () => /(initialized\s+){3}/.test((await podman(['logs', 'web-server'])).stdout));
    await exit(podman(['pod', 'stop', '--time=0', 'web']), 0);
  });
});

describe('podman generate systemd', () => {
  test('has commands that start, stop and remove a container', async () => {
    await succeed(podman(['create', '--name=unit', '--network=none', image, 'sleep', '1000']));
    const unit = await succeed(podman(['generate', 'systemd', '--new', '--stop-timeout=0', '--name', 'unit']));
    await succeed(podman(['rm', 'unit']));
    // Without systemd, its part is played here: the specifiers, the notify socket, and the three commands in turn.
    const words = (key: string): readonly string[] => {
      const line = new RegExp(`^${key}=((?:.*\\\\\\n)*.*)$`, 'm').exec(unit)?.[1] ?? '';
      return line
        .replaceAll('%t', '/run')
        .replaceAll('%n', 'unit.service')
        .split(/[\\\s]+/);
    };
    const [program = '', flag, runtime, ...start] = words('ExecStart');
    expect([program, flag, runtime]).toEqual(['/usr/bin/podman', '--runtime', runtimePath]);
    const told = await succeed(podman(start, { before: ['python3', '-c', notified] }));
    const running = await inspect('unit', '{{.State.Running}} {{.State.ConmonPid}}');
    expect(told).toMatch(/READY=1/);
    expect(running).toBe(`true ${String(/MAINPID=(\d+)/.exec(told)?.[1])}`);
    await succeed(podman(words('ExecStop').slice(1)));
    await succeed(podman(words('ExecStopPost').slice(1)));
    expect(await succeed(podman(['ps', '--all', '--quiet']))).toBe('');
  });
});
