import { expect, test } from 'vitest';
import * as catalogue from '../../../src/errors/catalogue.js';

/** In the words of runc 1.3.6, which engines compare. */
test.each([
  [catalogue.containerDoesNotExist('web'), 'container does not exist', 'not-found'],
  [catalogue.containerNotRunning('web'), 'container not running', 'not-running'],
  [catalogue.processAlreadyFinished('web'), 'process already finished', 'not-running'],
  [catalogue.containerAlreadyExists('web'), 'container with given ID already exists', 'id-in-use'],
  [catalogue.invalidContainerId('a/b'), 'invalid container ID format', 'invalid-id'],
  [catalogue.emptyContainerId(), 'container id cannot be empty', 'invalid-id'],
  [catalogue.cannotStart('stopped'), 'cannot start a container that has stopped', 'wrong-state'],
  [catalogue.cannotStart('running'), 'cannot start an already running container', 'wrong-state'],
  [catalogue.cannotStart('paused'), 'cannot start a container in the paused state', 'wrong-state'],
  [catalogue.cannotDelete({ id: 'web', status: 'running' }), 'cannot delete container web that is not stopped: running', 'wrong-state'],
  [catalogue.containerNotPaused('web'), 'container not paused', 'wrong-state'],
  [catalogue.cannotExecInStopped('web'), 'cannot exec in a stopped container', 'not-running'],
  [catalogue.cannotExecInPaused('web'), 'cannot exec in a paused container (use --ignore-paused to override)', 'wrong-state'],
])('%s', (error, message, code) => {
  expect(error).toMatchObject({ message, code });
});
