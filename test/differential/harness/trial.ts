import { chmodSync, chownSync, linkSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { defaultConfig, type Config } from '../../oci/harness/config.js';
import {
  leftovers,
  makeBundle,
  mark,
  newId,
  program,
  scratch,
  stateRoot,
  sweep,
  until,
  type Bundle,
  type Outcome,
} from '../../oci/harness/index.js';
import { joined, onTerminal, type Change, type ExecChanges } from './changes.js';
import { differences, type Result } from './compare.js';
import { heldIds, namespaceToJoin, withMountNamespace } from './holder.js';
import { unknown } from './known.js';
import { runtimes, underOneView, type Runtime } from './peers.js';
import { seenIn } from './seen.js';

/** Examined in every container. */
const paths = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/sys',
  '/proc/sys/kernel',
  '/proc/sys/kernel/hostname',
  '/proc/timer_list',
  '/sys/firmware',
  '/sys/fs/cgroup',
  '/etc/passwd',
  '/etc/group',
  '/tmp',
  '/home',
  '/mnt',
  '/dev/null',
  '/dev/full',
  '/dev/ptmx',
  '/dev/fuse',
];
const probe = ['/bin/probe', ...paths];

/** Runs a configuration under all three and returns where tsrun differs from both. */
export async function runTrial(changes: readonly Change[]): Promise<readonly string[]> {
  const bundle = bundleWith(changes, probe);
  return compared(changes, async (runtime) => {
    const id = ownId(bundle);
    const script = `"$@" run --bundle ${bundle.directory} ${id}; code=$?; "$@" delete --force ${id} 2> /dev/null; exit $code`;
    return result(await underOneView(runtime, whole(bundle, script), isOnTerminal(changes)), id);
  });
}

/** Does the same for a process document of exec, in a container with other changes. */
export async function execTrial({ container, process }: ExecChanges): Promise<readonly string[]> {
  const bundle = bundleWith(container, ['sleep', '1000']);
  const asked = defaultConfig(probe);
  for (const { apply } of process) apply(asked);
  writeFileSync(`${bundle.directory}/process.json`, JSON.stringify(asked.process));
  return compared([...container, ...process], async (runtime) => {
    const id = ownId(bundle);
    const script = `"$@" run --detach --bundle ${bundle.directory} ${id} > /dev/null < /dev/null || exit 98; "$@" exec --process ${bundle.directory}/process.json ${id}; code=$?; "$@" delete --force ${id}; exit $code`;
    return result(await underOneView(runtime, whole(bundle, script), isOnTerminal(process)), id);
  });
}

/** The script with a mount namespace to join, if the container joins one. */
function whole(bundle: Bundle, script: string): string {
  const link = mountNamespaceOf(bundle);
  return bundle.config.linux.namespaces.some(({ path }) => path === link) ? withMountNamespace(link, script) : script;
}

const mountNamespaceOf = ({ directory }: Bundle): string => `${directory}/mount_namespace`;

function isOnTerminal(changes: readonly Change[]): boolean {
  return changes.some(({ name }) => name.startsWith(onTerminal));
}

/** The container's id is also the name of its cgroup, because the default names differ between runtimes. */
function ownId(bundle: Bundle): string {
  const id = newId();
  bundle.config.linux.cgroupsPath = `/${id}`;
  bundle.save();
  return id;
}

async function compared(changes: readonly Change[], make: (runtime: Runtime) => Promise<Result>): Promise<readonly string[]> {
  const results: Result[] = [];
  const left: string[] = [];
  for (const runtime of runtimes()) {
    results.push(await make(runtime));
    // What tsrun leaves behind is a failure; crun leaves cgroups of containers whose hooks fail.
    if (runtime.name !== 'tsrun') await sweep();
    else left.push(...(await remains()));
  }
  const [own, ...peers] = results;
  if (own === undefined) throw new Error('no runtime');
  const demanded = Object.assign({}, ...changes.map((change) => change.demanded ?? {})) as Record<string, string>;
  const unknownToPeers = changes.some(({ marks }) => marks?.includes('unknown to peers'));
  return [...left, ...unknown(differences(own, peers, demanded, unknownToPeers), changes)];
}

/** What is left after the time that killed processes take to end. */
async function remains(): Promise<readonly string[]> {
  const found = (): readonly string[] => leftovers(mark, stateRoot).map(({ what }) => `left behind: ${what}`);
  await until('the end of everything', () => found().length === 0, 10_000).catch(() => undefined);
  return found();
}

function result({ code, stdout: output, stderr }: Outcome, id: string): Result {
  // A terminal ends lines with two characters, and shows the runtime's messages, too.
  const stdout = output.replaceAll('\r\n', '\n');
  // Runtimes treat a hook that fails after the start differently; only whether the program ran matters.
  const ran = stdout.startsWith('{') && stdout.trimEnd().endsWith('}');
  return { seen: ran ? seenIn(stdout, id) : null, words: `${code}: ${stderr.trim()}${ran ? '' : stdout.trim()}` };
}

function bundleWith(changes: readonly Change[], args: readonly string[]): Bundle {
  const mapped = changes.some(({ marks }) => marks?.includes('user namespace'));
  const apply = (config: Config): void => changes.forEach((change) => change.apply(config));
  const bundle = makeBundle({ args, config: apply, ...(mapped ? { owner: heldIds } : {}) });
  mkdirSync(`${bundle.directory}/volume`);
  writeFileSync(`${bundle.directory}/volume/file`, 'root:x:0:0:root:/elsewhere:/bin/sh\n');
  if (mapped) for (const path of ['volume', 'volume/file']) chownSync(`${bundle.directory}/${path}`, heldIds, heldIds);
  for (const mount of bundle.config.mounts)
    if (mount.source?.startsWith('volume') === true) mount.source = `${bundle.directory}/${mount.source}`;
  for (const namespace of bundle.config.linux.namespaces)
    if (namespace.path?.startsWith(joined) === true)
      namespace.path = namespace.type === 'mount' ? mountNamespaceOf(bundle) : namespaceToJoin(namespace.type);
  // ownId() writes the changes made above.
  linkSync(copyOfProbe(), `${bundle.rootfs}/bin/probe`);
  return bundle;
}

/** On the file system of the bundles, for hard links. */
function copyOfProbe(): string {
  const copy = `${scratch}/probe`;
  if (existsSync(copy)) return copy;
  copyFileSync(program('probe'), copy);
  chmodSync(copy, 0o755);
  return copy;
}
