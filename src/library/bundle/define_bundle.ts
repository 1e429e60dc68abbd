import { RuntimeError } from '../../errors/runtime_error.js';
import { parseSpec } from '../../spec/parse.js';
import { show } from '../../spec/problem.js';
import { templateSpec } from '../../spec/template.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import type { Config } from './config/index.js';
import type { ConfigLinux } from './config/linux.js';
import type { ConfigMount } from './config/mount.js';
import type { ConfigProcess } from './config/process.js';
import type { ConfigResources } from './config/resources.js';
import { configText, rememberText } from './config_text.js';
import type { BundleDefinition, BundleIds, BundleLimits } from './definition.js';
import { definitionShape } from './definition_shape.js';
import { presets, type Preset } from './presets.js';
import { dockerProfile } from './seccomp_profile.js';

/**
 * What {@link defineBundle} returns: members for the requests of {@link Runtime.create}, {@link Runtime.run} and {@link Runtime.prewarm}.
 */
export interface DefinedBundle {
  /** A configuration of runtime-spec 1.3. It cannot be changed. */
  readonly config: Config;
  /** The layers of the root file system, topmost first. */
  readonly layers?: readonly string[];
  /** Where writes to the layers go. */
  readonly overlay?: string;
}

type Limits = Required<BundleLimits>;

const period = 100_000;
/** How many ids a user namespace has. */
const mappedByDefault = 65_536;
/** The number of the group in the template, as everywhere. */
const tty = 5;
/** Docker hides these besides those of the template. */
const masked = ['/proc/interrupts', '/sys/devices/virtual/powercap'];
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes a bundle from code: a checked configuration with safe defaults, of which nothing is written to disk. Without any option, a
 * container has new namespaces of all kinds but user and time, the capabilities of its preset and no way to get more (no_new_privs),
 * Docker's seccomp profile and masked paths, a root file system that it cannot write to, and limits.
 *
 * | preset | user | capabilities | `/tmp` | memory | processors | processes | root file system |
 * |---|---|---|---|---|---|---|---|
 * | `sandbox` | 65534 | none | 64 MiB | 256 MiB | 1 | 64 | read-only |
 * | `service` | 0 | 7, to change user and to bind ports | 64 MiB | 512 MiB | all | 512 | read-only |
 * | `build` | 0 | 10, to install packages | 1 GiB | 2 GiB | all | 2048 | writable |
 *
 * A limit holds or the creation fails: on a host without a controller, the error has the code `controller-missing` and says which limit to
 * set to `none`.
 *
 * @param definition - The root file system, the program, and what differs from the preset.
 * @returns What to pass to {@link Runtime.create}, {@link Runtime.run} and {@link Runtime.prewarm}, any number of times.
 * @throws {@link RuntimeError} `usage` if a member is unknown or has the wrong type, or not exactly one of `rootfs` and `layers` is given;
 * `invalid-config` if runtime-spec does not allow a value of `mounts` or `seccomp`. What depends on the host is checked when a container is
 * created.
 *
 * @example
 * ```ts
 * import { defineBundle, Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * const bundle = defineBundle({ rootfs: './hello/rootfs', args: ['sh', '-c', 'echo I am $(id -u)'], limits: 'none' });
 * const { stdout } = await runtime.run(bundle);
 * console.log(stdout.trim()); // prints I am 65534
 * ```
 */
export function defineBundle(definition: BundleDefinition): DefinedBundle {
  const { mounts, seccomp, ...data } = optionsOf('defineBundle', definition);
  if ((mounts ?? null) !== null && !Array.isArray(mounts)) throw wrong('mounts', `"mounts" must be an array, found ${show(mounts)}`);
  const given = checked({ method: 'defineBundle', value: data, shape: definitionShape, beside: ['mounts', 'seccomp'] });
  const { rootfs, layers } = given;
  if ((rootfs === undefined) === (layers === undefined)) throw wrong('rootfs', 'give either "rootfs" or "layers"');
  if (given.args.length === 0) throw wrong('args', '"args" must name a program');
  const root = rootfs ?? bottom(layers ?? []);
  const preset: Preset = presets[given.preset ?? 'sandbox'];
  const own = { ...((mounts ?? null) === null ? {} : { mounts }), ...((seccomp ?? null) === null ? {} : { seccomp }) };
  // The text is of a copy, so nothing of the caller's object is in it but values.
  const text = configText('defineBundle', specOf({ ...given, ...own }, preset, root));
  // The checks of a file: what they refuse here, they would refuse there.
  const config = parseSpec({ text, path: 'config' }) as Config;
  return { config: rememberText(config), ...(layers === undefined ? {} : { layers: Object.freeze(layers), overlay: 'memory' }) };
}

function specOf(given: BundleDefinition, preset: Preset, root: string): Config {
  const { user = { uid: preset.uid }, network = 'none', capabilities = preset.capabilities, env = {}, seccomp = 'default' } = given;
  const { limits, userNamespace: ids, hostname = 'container', scratch = preset.scratch } = given;
  const base = templateSpec({ rootless: ids !== undefined && network === 'host' ? { uid: 0, gid: 0 } : null, unified: true });
  const all: Limits = { ...preset.limits, ...(limits === 'none' ? {} : limits) };
  return {
    ociVersion: base.ociVersion,
    process: {
      terminal: false,
      user: { uid: user.uid, gid: user.gid ?? user.uid, additionalGids: user.additionalGids ?? [] },
      args: given.args,
      env: Object.entries({ PATH: searchPath, ...env }).map(([name, value]) => `${name}=${value}`),
      cwd: given.cwd ?? '/',
      capabilities: sets(capabilities, user.uid),
      rlimits: [
        ...(all.openFiles === 'none' ? [] : [{ type: 'RLIMIT_NOFILE', soft: all.openFiles, hard: all.openFiles }]),
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      ],
      noNewPrivileges: true,
    },
    root: { path: root, readonly: !(given.writable ?? preset.writable) },
    hostname,
    mounts: [...(base.mounts ?? []).map((mount) => withMappedGroup(mount, ids)), ...tmp(scratch), ...(given.mounts ?? [])],
    ...(given.annotations === undefined ? {} : { annotations: given.annotations }),
    linux: {
      namespaces: namespaces(network, ids),
      ...(ids === undefined ? {} : mappings(ids)),
      resources: resources(limits === 'none' ? undefined : all),
      ...(seccomp === 'unconfined' ? {} : { seccomp: seccomp === 'default' ? dockerProfile(capabilities) : seccomp }),
      maskedPaths: [...(base.linux?.maskedPaths ?? []), ...masked],
      readonlyPaths: base.linux?.readonlyPaths ?? [],
    },
  };
}

/** A user other than root gets capabilities only by the ambient set (capabilities(7)). */
function sets(names: readonly string[], uid: number): NonNullable<ConfigProcess['capabilities']> {
  const common = { bounding: names, effective: names, permitted: names };
  return uid === 0 ? common : { ...common, inheritable: names, ambient: names };
}

/** A user namespace without the group tty cannot give terminals to it, and devpts refuses the option. */
function withMappedGroup(mount: ConfigMount, ids: BundleIds | undefined): ConfigMount {
  if (ids === undefined || (ids.size ?? mappedByDefault) > tty) return mount;
  return { ...mount, options: (mount.options ?? []).filter((option) => option !== `gid=${tty}`) };
}

function tmp(size: number): readonly ConfigMount[] {
  const options = ['nosuid', 'nodev', 'mode=1777', `size=${size}`];
  return size === 0 ? [] : [{ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options }];
}

function namespaces(network: string, ids: BundleIds | undefined): NonNullable<ConfigLinux['namespaces']> {
  const own: NonNullable<ConfigLinux['namespaces']> = [
    { type: 'pid' },
    { type: 'ipc' },
    { type: 'uts' },
    { type: 'mount' },
    { type: 'cgroup' },
  ];
  const user: NonNullable<ConfigLinux['namespaces']> = ids === undefined ? [] : [{ type: 'user' }];
  if (network === 'host') return [...own, ...user];
  return [...own, network === 'none' ? { type: 'network' } : { type: 'network', path: network }, ...user];
}

function mappings({ uid, gid = uid, size = mappedByDefault }: BundleIds): Pick<ConfigLinux, 'uidMappings' | 'gidMappings'> {
  return { uidMappings: [{ containerID: 0, hostID: uid, size }], gidMappings: [{ containerID: 0, hostID: gid, size }] };
}

function resources(limits: Limits | undefined): ConfigResources {
  const devices = [{ allow: false, access: 'rwm' }];
  if (limits === undefined) return { devices };
  const { memory, cpus, pids } = limits;
  return {
    devices,
    ...(memory === 'none' ? {} : { memory: { limit: memory, swap: memory } }),
    ...(pids === 'none' ? {} : { pids: { limit: pids } }),
    ...(cpus === 'none' ? {} : { cpu: { quota: Math.round(cpus * period), period } }),
  };
}

/** The root file system that is named in the state, although the overlay of all layers takes its place. */
function bottom(layers: readonly string[]): string {
  const last = layers[layers.length - 1];
  if (last === undefined) throw wrong('layers', '"layers" must name a directory');
  const relative = layers.find((layer) => !layer.startsWith('/'));
  if (relative !== undefined) throw wrong('layers', `"layers" must be absolute directories, found "${relative}"`);
  return last;
}

function wrong(path: string, reason: string): RuntimeError {
  return new RuntimeError(`defineBundle: ${reason}`, {
    code: 'usage',
    phase: 'command',
    operation: 'defineBundle',
    path,
    hint: 'the type BundleDefinition lists what it may hold',
  });
}
