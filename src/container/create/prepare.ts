import type { ProcessCache } from '../../cache/process.js';
import { limitWrites } from '../../cgroup/limits/index.js';
import { delegatedPath } from '../../cgroup/delegation/path.js';
import { cgroupPathOf } from '../../cgroup/tree/path.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isRootless, type HostFacts } from '../../host/facts.js';
import { readHostFacts } from '../../host/read.js';
import { sys } from '../../sys/call.js';
import { compileFilter } from '../../seccomp/filter.js';
import type { CreateInput } from '../../plan/types.js';
import { readConfig } from '../../bundle/load.js';
import { hasNamespace } from '../../spec/namespaces.js';
import { parseSpec, type Document } from '../../spec/parse.js';
import type { ValidSpec } from '../../spec/types.js';
import { validate, validateAgain } from '../../bundle/validate.js';
import { containerDirectory } from '../../state/paths.js';
import { checkContainerId } from '../../state/id.js';
import { checkPidFile } from '../../init/streams.js';
import { notifyDirectory } from './notify.js';
import type { CreationRequest } from '../options.js';
import { overlayRequest } from './overlay.js';
import { plainLines } from './console.js';
import { preserved } from './preserve.js';

/**
 * Reads and checks the bundle and the host. Changes nothing except the cache of compiled seccomp filters, and not even that for a request
 * that is only planned.
 */
export function prepare(request: CreationRequest): CreateInput {
  checkContainerId(request.id);
  const { cache, until } = request;
  const host = cache === undefined ? readHostFacts() : cache.readHost();
  if (request.pidFile !== undefined) checkPidFile(request.pidFile);
  const bundle = realDirectory(request.bundle, 'bundle');
  const document = documentOf(request, bundle);
  const known = cache?.findSpec(document.text);
  const configured =
    known === undefined
      ? validate({ spec: parseSpec(document), host, bundle, warn: request.warn })
      : validateAgain({ spec: known, bundle });
  cache?.keepSpec(document.text, configured);
  const spec = request.terminalSize === undefined ? configured : onTerminal(configured, cache);
  if (host.euid !== 0 && !hasNamespace(spec, 'user')) throw mustBeRoot();
  warnOfOmissions(spec, request);
  const rootfs = realDirectory(spec.root.path.startsWith('/') ? spec.root.path : `${bundle}/${spec.root.path}`, 'rootfs');
  const kept = preserved(request);
  const overlay = overlayRequest({
    overlay: request.overlay,
    lowers: request.lowers,
    annotations: spec.annotations,
    allowed: request.allowAnnotations,
    rootfs,
    workingDirectory: bundle,
  });
  const compile = (): Uint8Array | null => compileFilter({ seccomp: spec.linux?.seccomp, host, dry: until === 'planned' });
  return {
    id: request.id,
    spec,
    bundle,
    rootfs,
    host,
    cgroupPath: cgroupOf(request, spec, host),
    stateDirectory: containerDirectory(request),
    ...(request.notifySocket === undefined ? {} : { notifyDirectory: notifyDirectory(request) }),
    overlay,
    noPivot: request.noPivot === true,
    noNewKeyring: request.noNewKeyring === true,
    preserve: kept.count,
    listenFds: kept.listenFds,
    waitsOnListener: until === 'created' || until === 'planned',
    plainLines: plainLines(spec.process, request),
    seccompFilter: cache === undefined ? compile() : cache.filter(spec, compile),
  };
}

/** A terminal is valid with every configuration. Its size is set when its master is there. */
function onTerminal(spec: ValidSpec, cache: ProcessCache | undefined): ValidSpec {
  const change = (): ValidSpec => ({ ...spec, process: { ...spec.process, terminal: true } });
  return cache === undefined ? change() : cache.onTerminal(spec, change);
}

function documentOf({ configText, configFile }: CreationRequest, bundle: string): Document {
  if (configText !== undefined) return { path: 'config', text: configText };
  return readConfig({ bundle, ...(configFile === undefined ? {} : { configFile }) });
}

/** null if there is none. */
function cgroupOf(request: CreationRequest, spec: ValidSpec, host: HostFacts): string | null {
  const { id, systemdCgroup = false, noCgroup = false, rootless } = request;
  if (noCgroup) {
    requireNoLimits(spec, 'the container gets no cgroup (--cgroup-manager disabled)', 'remove the limit, or choose another cgroup manager');
    return null;
  }
  // systemd chooses it (container/systemd/create.ts).
  if (systemdCgroup || host.cgroupMount === null) return null;
  const path = cgroupPathOf({ id, spec });
  if (!isRootless(rootless, host)) return path;
  const delegated = delegatedPath({ mount: host.cgroupMount, path, isAsked: (spec.linux?.cgroupsPath ?? '') !== '' });
  if (delegated === null) requireNoLimits(spec, 'this user may not make a cgroup', delegationHint);
  return delegated;
}

const delegationHint =
  'remove the limit, or use --systemd-cgroup (in a program: systemdCgroup of Runtime): the systemd of this user (systemctl --user) then makes a cgroup that is delegated to it';

/** Without a cgroup, a limit would silently have no effect. */
function requireNoLimits(spec: ValidSpec, reason: string, hint: string): void {
  const [limit] = limitWrites(spec.linux?.resources ?? {}).filter(({ isDefault }) => isDefault !== true);
  if (limit === undefined) return;
  throw new RuntimeError(`limit "${limit.pointer}": ${reason}`, {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'limit',
    path: limit.pointer,
    hint,
  });
}

/** Every right that a container needs, an unprivileged user has only in a user namespace (user_namespaces(7)). */
function mustBeRoot(): RuntimeError {
  return new RuntimeError('create container: operation not permitted, tsrun must be run as root', {
    code: 'permission',
    phase: 'command',
    errno: 'EPERM',
    hint: 'run it with sudo, or give the container a user namespace: tsrun spec --rootless (in a program: runtime.spec({ rootless: true })) writes such a config.json',
  });
}

/** What is configured but not done. */
function warnOfOmissions(spec: ValidSpec, { warn }: CreationRequest): void {
  if (warn === undefined) return;
  if (spec.mounts?.length && !hasNamespace(spec, 'mount'))
    warn('not mounting anything: the container has no mount namespace, so the mounts would appear on the host');
}

function realDirectory(path: string, what: 'bundle' | 'rootfs'): string {
  let real: string;
  let isDirectory: boolean;
  try {
    real = sys().realPath({ path });
    // The working directory has a path although it may be in a directory that this user cannot enter.
    isDirectory = sys().status({ path: real, follow: true })?.kind === 'directory';
  } catch (error) {
    throw fromSystem(error, {
      code: 'bundle',
      phase: 'load',
      operation: `find ${what}`,
      path,
      hint:
        what === 'bundle'
          ? 'pass the directory that holds config.json with --bundle (in a program: bundle)'
          : 'root.path in config.json is relative to the bundle (in a program: rootfs and layers of defineBundle name directories of this host)',
    });
  }
  if (isDirectory) return real;
  throw new RuntimeError(`find ${what} "${path}": not a directory`, {
    code: 'bundle',
    phase: 'load',
    operation: `find ${what}`,
    path,
    errno: 'ENOTDIR',
  });
}
