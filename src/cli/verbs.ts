import type { Verb } from './verb.js';

interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  /** Each verb is a chunk of its own, so that a start reads no other's code. */
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

/** Every verb there is. */
export const verbs: readonly VerbEntry[] = [
  { name: 'check', summary: 'list everything that is wrong with a bundle', load: () => import('../commands/check.js') },
  { name: 'create', summary: 'create a container', load: () => import('../commands/create.js') },
  { name: 'delete', summary: 'remove a container and what it holds', load: () => import('../commands/delete.js') },
  { name: 'exec', summary: 'execute a process in a container', load: () => import('../commands/exec.js') },
  { name: 'features', summary: 'print what this runtime can do', load: () => import('../commands/features.js') },
  { name: 'kill', summary: 'send a signal to the init process of a container', load: () => import('../commands/kill.js') },
  { name: 'list', summary: 'list the containers of the state root', load: () => import('../commands/list.js') },
  { name: 'pause', summary: 'suspend all processes of a container', load: () => import('../commands/pause.js') },
  { name: 'plan', summary: 'print the operations that create would perform', load: () => import('../commands/plan.js') },
  { name: 'ps', summary: 'list the processes of a container', load: () => import('../commands/ps.js') },
  { name: 'resume', summary: 'resume the processes of a paused container', load: () => import('../commands/resume.js') },
  { name: 'run', summary: 'create and start a container', load: () => import('../commands/run.js') },
  { name: 'spec', summary: 'write a config.json to begin with', load: () => import('../commands/spec.js') },
  { name: 'start', summary: 'execute the configured process of a created container', load: () => import('../commands/start.js') },
  { name: 'state', summary: 'print the state of a container', load: () => import('../commands/state.js') },
];
