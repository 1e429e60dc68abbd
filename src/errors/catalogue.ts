import { RuntimeError, type ErrorCode, type Phase } from './runtime_error.js';

/**
 * Messages that engines match, word for word those of runc 1.3. They are part of the API: test/unit/errors/catalogue.test.ts freezes them.
 */

/** No container has this id. containerd treats `does not exist` as already deleted. */
export function containerDoesNotExist(id: string): RuntimeError {
  return frozen('container does not exist', 'not-found', 'state', id);
}

/** For kill, pause, update and ps of a stopped container. containerd treats it as already gone. */
export function containerNotRunning(id?: string): RuntimeError {
  return frozen('container not running', 'not-running', 'signal', id);
}

/** The process ended after the status was read and before the signal was sent. containerd matches it like {@link containerNotRunning}. */
export function processAlreadyFinished(id?: string): RuntimeError {
  return frozen('process already finished', 'not-running', 'signal', id);
}

/** For create and run. */
export function containerAlreadyExists(id: string): RuntimeError {
  return frozen(
    'container with given ID already exists',
    'id-in-use',
    'state',
    id,
    'choose another id, or remove the old container with tsrun delete --force',
  );
}

/** Another tsrun is still creating this container. */
export function containerIsBeingCreated(id: string): RuntimeError {
  return frozen(
    'container is being created',
    'wrong-state',
    'state',
    id,
    'wait until its create has finished; if that was interrupted, remove what is left with tsrun delete --force',
  );
}

/** The id has characters other than [A-Za-z0-9_+.-], or is . or .. . */
export function invalidContainerId(id: string): RuntimeError {
  return frozen(
    'invalid container ID format',
    'invalid-id',
    'command',
    id,
    'an id is 1 to 1024 characters from A-Z a-z 0-9 _ + . - and is neither . nor ..',
  );
}

export function emptyContainerId(): RuntimeError {
  return frozen('container id cannot be empty', 'invalid-id', 'command', '');
}

/** For start of a container that is not `created`. */
export function cannotStart(status: string): RuntimeError {
  switch (status) {
    case 'stopped':
      return frozen('cannot start a container that has stopped', 'wrong-state', 'start');
    case 'running':
      return frozen('cannot start an already running container', 'wrong-state', 'start');
    default:
      return frozen(`cannot start a container in the ${status} state`, 'wrong-state', 'start');
  }
}

/** For delete without --force while the container's process is alive. */
export function cannotDelete({ id, status }: { readonly id: string; readonly status: string }): RuntimeError {
  const hint = 'stop it with tsrun kill, or use tsrun delete --force (in a program: kill(), or delete({ force: true }))';
  return frozen(`cannot delete container ${id} that is not stopped: ${status}`, 'wrong-state', 'delete', id, hint);
}

/** For resume of a container that is not paused. */
export function containerNotPaused(id?: string): RuntimeError {
  return frozen('container not paused', 'wrong-state', 'cgroup', id);
}

/** For exec in a container without a process. */
export function cannotExecInStopped(id?: string): RuntimeError {
  return frozen('cannot exec in a stopped container', 'not-running', 'exec', id);
}

/** For exec in a frozen container, because the new process would be frozen too. */
export function cannotExecInPaused(id?: string): RuntimeError {
  return frozen('cannot exec in a paused container (use --ignore-paused to override)', 'wrong-state', 'exec', id);
}

function frozen(message: string, code: ErrorCode, phase: Phase, path?: string, hint?: string): RuntimeError {
  return new RuntimeError(message, { code, phase, ...(path === undefined ? {} : { path }), ...(hint === undefined ? {} : { hint }) });
}
