/**
 * containerd's CRI plug-in in a machine of its own, called as a kubelet calls it. Importing this registers the set-up and clean-up of a
 * test file.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Message, Partially } from '../../../../src/protobuf/message.js';
import type { Started } from '../../../oci/harness/runtime.js';
import { newPath } from '../../../oci/harness/scratch.js';
import { until } from '../../../oci/harness/wait.js';
import { runInside, startInside, theMachine, useEngine } from '../engine.js';
import { succeed } from '../expect.js';
import { image, imageArchive } from '../image.js';
import { GrpcClient } from './grpc.js';
import * as messages from './messages.js';
import { programsFor } from './pod_shares.js';

export { describe, expect, test } from 'vitest';
export { newDirectory, newPath } from '../../../oci/harness/scratch.js';
export { until } from '../../../oci/harness/wait.js';
export { runInside, shims, theMachine } from '../engine.js';
export { succeed } from '../expect.js';
export { GrpcError } from './grpc.js';
export { namespaceMode } from './messages.js';
export * as messages from './messages.js';
export { hasController } from './pod_shares.js';
export { openChannels, type Channels } from './websocket.js';

/** What holds the namespaces of a pod. */
const pauseImage = 'localhost/pause:latest';
/** Logs of containers, as the machine sees them. */
export const logs = '/var/lib/logs';

/** What the documents call `/etc/containerd/config.toml`: with containerd's own shim, which executes the runtime, or with tsrun's. */
const withRunc = (runtime: string): string => `runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.tsrun.options]
BinaryName = "${runtime}"
SystemdCgroup = false`;
const withShim = (): string => 'runtime_type = "io.containerd.tsrun.v2"';
let runtimeOf = withRunc;

/** Whether {@link throughShim} was called. */
export const isThroughShim = (): boolean => runtimeOf === withShim;

/** The pods of this file are made by tsrun's shim. containerd finds it beside the runtime. */
export function throughShim(): void {
  runtimeOf = withShim;
}

function configuration(runtime: string): string {
  const path = `${newPath()}.toml`;
  writeFileSync(
    path,
    `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "${pauseImage}"

[plugins.'io.containerd.cri.v1.runtime']
# Without CAP_SYS_RESOURCE nobody may lower a process's score.
restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "tsrun"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.tsrun]
${runtimeOf(runtime)}
`,
  );
  return path;
}

const network = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.89.0.0/16' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};

let daemon: Started | null = null;
let client: GrpcClient | null = null;

/** Starts containerd, and waits until it has a network. */
export async function startContainerd(): Promise<void> {
  const { directory, runtime } = programsFor();
  const line = ['env', `PATH=${directory}:${process.env['PATH']}`, 'containerd', '--config', configuration(runtime)];
  const started = startInside(line, { timeout: 600_000 });
  daemon = started;
  started.done.catch(() => undefined);
  await until('containerd answers', async () => {
    if (started.child.exitCode !== null) throw new Error(started.errors());
    return (await runInside(['ctr', '--connect-timeout', '1s', 'version'])).code === 0;
  });
  client = new GrpcClient(`${theMachine().root}/run/containerd/containerd.sock`);
  // Its plug-in is ready later, when it has looked at the pods that it finds.
  await until('the plug-in for CRI answers', () =>
    call('ListPodSandbox', messages.empty, {}, messages.listPodsResponse).catch((error: unknown) => {
      if (!(error instanceof Error && error.message.includes('not initialized yet'))) throw error;
    }),
  );
}

/** Kills containerd, and nothing else of the machine. */
export async function killContainerd(): Promise<void> {
  client?.close();
  await succeed(runInside(['sh', '-c', 'kill -KILL $(pidof containerd)']));
  await until('containerd is gone', () => daemon?.child.exitCode !== null || daemon.child.signalCode !== null);
}

/** Calls a method of the runtime service. */
export function call<In extends object, Out extends object>(
  method: string,
  from: In,
  asked: Partially<In>,
  to: Out,
): Promise<Message<Out>> {
  if (client === null) throw new Error('containerd does not run yet');
  return client.call(`runtime.v1.RuntimeService/${method}`, from, asked, to);
}

type PodConfig = Partially<typeof messages.podConfig>;
type ContainerConfig = Partially<typeof messages.containerConfig>;

export interface Pod {
  readonly id: string;
  readonly config: PodConfig;
}

let count = 0;

/** As a kubelet has it, unless a pod asks for something else. */
const ownPids: NonNullable<PodConfig['linux']>['security_context'] = { namespace_options: { pid: messages.namespaceMode.container } };

/** Starts a pod. A pod with the host's network has the host's name. */
export async function newPod(given: PodConfig['linux'] = {}): Promise<Pod> {
  count += 1;
  const linux = { cgroup_parent: '/kubepods', ...given, security_context: { ...ownPids, ...given.security_context } };
  const config: PodConfig = {
    metadata: { name: `pod-${count}`, uid: `uid-${count}`, namespace: 'tests', attempt: 1 },
    hostname: linux.security_context.namespace_options?.network === messages.namespaceMode.node ? '' : `pod-${count}`,
    log_directory: logs,
    linux,
  };
  const { pod_sandbox_id: id } = await call('RunPodSandbox', messages.runPodRequest, { config }, messages.podRequest);
  return { id, config };
}

/** Creates a container in a pod. */
export async function createContainer(pod: Pod, command: readonly string[], more: ContainerConfig = {}): Promise<string> {
  count += 1;
  const name = `box-${count}`;
  const linux = { ...more.linux, security_context: { ...ownPids, ...more.linux?.security_context } };
  const config: ContainerConfig = { metadata: { name }, image: { image }, command, log_path: `${name}.log`, ...more, linux };
  const request = { pod_sandbox_id: pod.id, config, sandbox_config: pod.config };
  return (await call('CreateContainer', messages.createRequest, request, messages.containerRequest)).container_id;
}

export async function startContainer(id: string): Promise<string> {
  await call('StartContainer', messages.containerRequest, { container_id: id }, messages.empty);
  return id;
}

/** Starts a container in a pod. */
export async function running(pod: Pod, command: readonly string[] = ['sleep', '1000'], more: ContainerConfig = {}): Promise<string> {
  return startContainer(await createContainer(pod, command, more));
}

export async function statusOf(
  id: string,
): Promise<NonNullable<Message<typeof messages.containerStatusResponse>['status']> & { readonly is: string }> {
  const { status = {} } = await call('ContainerStatus', messages.containerRequest, { container_id: id }, messages.containerStatusResponse);
  return { ...status, is: messages.containerStates[status.state ?? 0] ?? '' };
}

/** Waits for the end of a container and returns its exit code. */
export async function exitCodeOf(id: string): Promise<number> {
  return until(`container ${id} has ended`, async () => {
    const status = await statusOf(id);
    return status.is === 'exited' ? { code: status.exit_code ?? 0 } : undefined;
  }).then(({ code }) => code);
}

export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** ExecSync: what probes and `crictl exec -s` call. `seconds` is its time limit. */
export async function execSync(id: string, cmd: readonly string[], seconds = 10): Promise<Executed> {
  const asked = { container_id: id, cmd, timeout: seconds };
  const { stdout, stderr, exit_code: code } = await call('ExecSync', messages.execSyncRequest, asked, messages.execSyncResponse);
  return { code, stdout: Buffer.from(stdout).toString().trimEnd(), stderr: Buffer.from(stderr).toString() };
}

/** The standard output of a shell's script in a container. */
export async function inside(id: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await execSync(id, ['sh', '-c', script]);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return stdout;
}

/**
 * The lines of a container's log, without their times.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export function logOf(name: string): readonly string[] {
  const lines = readFileSync(`${theMachine().root}${logs}/${name}`, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.split(' ').slice(1).join(' '));
}

/** A kubelet calls again if it fails: containerd's own shim may end between two calls when the pod's last process has ended. */
async function stopPod(pod_sandbox_id: string): Promise<void> {
  const stop = (): Promise<unknown> => call('StopPodSandbox', messages.podRequest, { pod_sandbox_id }, messages.empty);
  await stop().catch(stop);
}

async function clear(): Promise<void> {
  const { items } = await call('ListPodSandbox', messages.empty, {}, messages.listPodsResponse);
  for (const { id: pod_sandbox_id = '' } of items) {
    await stopPod(pod_sandbox_id);
    await call('RemovePodSandbox', messages.podRequest, { pod_sandbox_id }, messages.empty);
  }
}

useEngine({
  async setUp() {
    const { root } = theMachine();
    mkdirSync(`${root}/etc/cni/net.d`, { recursive: true });
    writeFileSync(`${root}/etc/cni/net.d/10-pods.conflist`, JSON.stringify(network));
    mkdirSync(root + logs);
    await startContainerd();
    for (const archive of [imageArchive(), imageArchive(pauseImage, ['sleep', '1000000'])])
      await succeed(runInside(['ctr', '--namespace', 'k8s.io', 'images', 'import', archive]));
  },
  clear,
});
