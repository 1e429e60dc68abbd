import type { Verb } from '../cli/verb.js';

interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  /** Each verb is a separate chunk, so that starting one does not read the code of the others. */
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

/** All verbs. */
export const verbs: readonly VerbEntry[] = [
  { name: 'check', summary: 'list all problems of a bundle', load: () => import('./check/index.js') },
  {
    name: 'checkpoint',
    summary: 'save the processes of a container to an image',
    load: () => import('./checkpoint/index.js'),
  },
  { name: 'create', summary: 'create a container', load: () => import('./create/index.js') },
  { name: 'delete', summary: 'remove a container and its resources', load: () => import('./delete.js') },
  { name: 'events', summary: 'print statistics and out-of-memory events of a container', load: () => import('./events.js') },
  { name: 'exec', summary: 'execute a process in a container', load: () => import('./exec/index.js') },
  { name: 'features', summary: 'print the features of this runtime', load: () => import('./features.js') },
  { name: 'kill', summary: 'send a signal to the init process of a container', load: () => import('./kill/index.js') },
  { name: 'list', summary: 'list the containers in the state root', load: () => import('./list.js') },
  { name: 'pause', summary: 'pause all processes of a container', load: () => import('./pause.js') },
  { name: 'plan', summary: 'print the operations that create would carry out', load: () => import('./plan.js') },
  { name: 'prune', summary: 'remove what interrupted creations have left', load: () => import('./prune.js') },
  { name: 'ps', summary: 'list the processes of a container', load: () => import('./ps/index.js') },
  { name: 'restore', summary: 'restore a container from an image', load: () => import('./restore.js') },
  { name: 'resume', summary: 'resume the processes of a paused container', load: () => import('./resume.js') },
  { name: 'run', summary: 'create and start a container', load: () => import('./run.js') },
  { name: 'spec', summary: 'write a config.json to start from', load: () => import('./spec.js') },
  { name: 'start', summary: 'start the configured process of a created container', load: () => import('./start.js') },
  { name: 'state', summary: 'print the state of a container', load: () => import('./state.js') },
  { name: 'update', summary: 'change the limits of a container', load: () => import('./update/index.js') },
];
