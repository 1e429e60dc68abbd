import type { Process } from '../../spec/types.js';
import type { ContainerRecord } from '../../state/record.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { ExecutionRequest } from '../options.js';

/**
 * Returns the process that `exec` starts: the given document, or the container's own process with the requested changes. A document
 * replaces the whole configured process except what confines it: if it sets no labels or capabilities, it gets those of the container, as
 * in runc and crun.
 */
export function execProcess(request: ExecutionRequest, record: ContainerRecord): Process {
  const configured = record.spec.process;
  if (request.process !== undefined) return withLabels(confined(request.process, configured), request);
  if (configured === undefined) {
    throw new RuntimeError('exec: the container was created without a process to inherit from', {
      code: 'usage',
      phase: 'exec',
      operation: 'exec',
      path: '/process',
      hint: 'pass a process document with --process',
    });
  }
  const { consoleSize: _size, execCPUAffinity, ...inherited } = configured;
  return withLabels(
    {
      ...inherited,
      ...(execCPUAffinity === undefined ? {} : { execCPUAffinity }),
      args: request.args ?? [],
      env: [...(configured.env ?? []), ...(request.env ?? [])],
      cwd: request.cwd ?? configured.cwd,
      user: user(request, configured),
      ...(request.terminal === undefined ? {} : { terminal: request.terminal }),
      ...capabilities(request, configured),
      ...(request.noNewPrivileges === undefined ? {} : { noNewPrivileges: request.noNewPrivileges }),
    },
    request,
  );
}

function confined(process: Process, configured: Process | undefined): Process {
  if (configured === undefined) return process;
  const { apparmorProfile, selinuxLabel, capabilities } = configured;
  return {
    ...process,
    ...(given(process.apparmorProfile) || !given(apparmorProfile) ? {} : { apparmorProfile }),
    ...(given(process.selinuxLabel) || !given(selinuxLabel) ? {} : { selinuxLabel }),
    ...(process.capabilities !== undefined || capabilities === undefined ? {} : { capabilities }),
  };
}

const given = (label: string | undefined): label is string => label !== undefined && label !== '';

function withLabels(process: Process, { apparmorProfile, processLabel }: ExecutionRequest): Process {
  return {
    ...process,
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(processLabel === undefined ? {} : { selinuxLabel: processLabel }),
  };
}

/** `-u UID` keeps the configured group, as in runc. */
function user(request: ExecutionRequest, configured: Process): Process['user'] {
  const groups = [...(configured.user.additionalGids ?? []), ...(request.additionalGids ?? [])];
  return {
    ...configured.user,
    ...(request.user === undefined ? {} : { uid: request.user.uid, gid: request.user.gid ?? configured.user.gid }),
    ...(groups.length === 0 ? {} : { additionalGids: groups }),
  };
}

/**
 * Requested capabilities join the bounding, effective and permitted sets. Only those that are already inheritable join the ambient set,
 * because an inheritable capability would pass to every file that asks for it (CVE-2022-29162).
 */
function capabilities(request: ExecutionRequest, configured: Process): Pick<Process, 'capabilities'> {
  const added = (request.capabilities ?? []).map((name) =>
    name.toUpperCase().startsWith('CAP_') ? name.toUpperCase() : `CAP_${name.toUpperCase()}`,
  );
  if (added.length === 0) return {};
  const own = configured.capabilities ?? {};
  const inheritable = own.inheritable ?? [];
  return {
    capabilities: {
      bounding: [...(own.bounding ?? []), ...added],
      effective: [...(own.effective ?? []), ...added],
      permitted: [...(own.permitted ?? []), ...added],
      inheritable,
      ambient: [...(own.ambient ?? []), ...added.filter((name) => inheritable.includes(name))],
    },
  };
}
