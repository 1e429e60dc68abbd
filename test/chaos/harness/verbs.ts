import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import {
  created,
  isAlive,
  makeBundle,
  newId,
  newPath,
  running,
  runtime,
  stateOf,
  stateRoot,
  stopped,
  untilStatus,
  until,
  type Bundle,
  type Config,
  type Outcome,
  type State,
} from '../../oci/harness/index.js';
import { remains } from './remains.js';

/** A verb that is about to be called, on its own container. */
export interface Call {
  readonly id: string;
  readonly args: readonly string[];
  /** The init of the container, if the verb releases it. */
  readonly other?: number;
  /** Returns what contradicts the verb's exit code; empty if a success is true. */
  readonly untrue: (outcome: Outcome) => Promise<readonly string[]>;
}

export interface VerbCase {
  readonly name: string;
  /** The exit code of success; 7 if it is the program's. */
  readonly code: number;
  readonly prepare: () => Promise<Call>;
}

const bundles = new Map<string, Bundle>();

/** One bundle serves all rounds, so none of them may change it. */
function bundleOf(name: string, make: () => Bundle): Bundle {
  const known = bundles.get(name) ?? make();
  bundles.set(name, known);
  return known;
}

const sleeping = (): Bundle => bundleOf('sleeping', () => makeBundle());
const speaking = (): Bundle => bundleOf('speaking', () => makeBundle({ script: 'echo whole; exit 7' }));

/** A bundle with the parts of creation that the plain one does not need. */
const rich = (): Bundle => bundleOf('rich', () => makeBundle({ owner: 100_000, config: enrich }));

function enrich(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const hook = { path: '/bin/true' };
  config.hooks = { createRuntime: [hook], createContainer: [hook], poststart: [hook], poststop: [hook] };
  config.linux['seccomp'] = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }] };
}

const status = async (id: string, wanted: string): Promise<readonly string[]> => {
  const { status: found } = await stateOf(id);
  return found === wanted ? [] : [`the state is ${found}, not ${wanted}`];
};
const printed = ({ stdout }: Outcome): readonly string[] => (stdout === 'whole\n' ? [] : [`the output is ${JSON.stringify(stdout)}`]);

interface Recorded {
  readonly spec: { readonly linux: { readonly resources?: { readonly devices?: unknown } } };
}
const recordOf = (id: string): Recorded => JSON.parse(readFileSync(`${stateRoot}/${id}/state.json`, 'utf8')) as Recorded;

/** Whether a process still runs tsrun-init. */
function isInit(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).startsWith('/memfd:');
  } catch {
    return false;
  }
}

/** Checks that the record agrees with reality: a created container waits, a running one runs its program. */
export async function contradiction(id: string): Promise<readonly string[]> {
  const state: State = await stateOf(id);
  const says = (wanted: string): boolean => state.status === wanted;
  const told = `the state is ${state.status}, but its process ${state.pid}`;
  if ((says('created') || says('running')) && !isAlive(state.pid)) return [`${told} has ended`];
  if (says('created') && !isInit(state.pid)) return [`${told} runs the program`];
  if (says('running') && isInit(state.pid)) return [`${told} waits`];
  return [];
}

/** A verb on a running container. */
function onRunning(
  name: string,
  words: (id: string) => readonly string[],
  untrue: (id: string, outcome: Outcome) => Promise<readonly string[]>,
  code = 0,
): VerbCase {
  return {
    name,
    code,
    prepare: async () => {
      const { id } = await running({ bundle: sleeping() });
      return { id, args: words(id), untrue: (outcome) => untrue(id, outcome) };
    },
  };
}

/** A verb that creates a container. */
function making(
  name: string,
  words: readonly string[],
  bundle: () => Bundle,
  untrue: (id: string, outcome: Outcome) => Promise<readonly string[]>,
  code = 0,
): VerbCase {
  return {
    name,
    code,
    prepare: () => {
      const id = newId();
      return Promise.resolve({ id, args: [...words, '--bundle', bundle().directory, id], untrue: (outcome) => untrue(id, outcome) });
    },
  };
}

const madeAndGone = async (id: string, outcome: Outcome): Promise<readonly string[]> => [...printed(outcome), ...(await remains(id))];
const is =
  (wanted: string) =>
  async (id: string): Promise<readonly string[]> => [...(await status(id, wanted)), ...(await contradiction(id))];

export const verbCases: readonly VerbCase[] = [
  making('create', ['create'], sleeping, is('created')),
  making('create of much', ['create'], rich, is('created')),
  making('run', ['run'], speaking, madeAndGone, 7),
  making('run --detach', ['run', '--detach'], sleeping, is('running')),
  {
    name: 'start',
    code: 0,
    prepare: async () => {
      const { id } = await created({ bundle: sleeping() });
      return { id, args: ['start', id], other: (await stateOf(id)).pid, untrue: () => is('running')(id) };
    },
  },
  {
    name: 'start of much',
    code: 0,
    prepare: async () => {
      const { id } = await created({ bundle: rich() });
      return { id, args: ['start', id], other: (await stateOf(id)).pid, untrue: () => is('running')(id) };
    },
  },
  onRunning(
    'exec',
    (id) => ['exec', id, 'sh', '-c', 'echo whole; exit 7'],
    (_id, outcome) => Promise.resolve(printed(outcome)),
    7,
  ),
  {
    name: 'exec --detach',
    code: 0,
    prepare: async () => {
      const { id } = await running({ bundle: sleeping() });
      const file = newPath('.pid');
      const runs = (): Promise<readonly string[]> => {
        const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
        return Promise.resolve(pid > 0 && isAlive(pid) && !isInit(pid) ? [] : [`nothing runs: process ${pid}`]);
      };
      return { id, args: ['exec', '--detach', '--pid-file', file, id, 'sleep', '999'], untrue: runs };
    },
  },
  onRunning(
    'kill',
    (id) => ['kill', id, 'KILL'],
    async (id) => {
      await untilStatus(id, 'stopped').catch(() => undefined);
      return status(id, 'stopped');
    },
  ),
  onRunning(
    'pause',
    (id) => ['pause', id],
    (id) => status(id, 'paused'),
  ),
  {
    name: 'resume',
    code: 0,
    prepare: async () => {
      const { id } = await running({ bundle: sleeping() });
      await runtime(['pause', id]);
      return { id, args: ['resume', id], untrue: () => status(id, 'running') };
    },
  },
  {
    name: 'update',
    code: 0,
    prepare: async () => {
      const { id } = await running({ bundle: sleeping() });
      const devices = [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 7, access: 'rw' },
      ];
      const file = newPath('.json');
      writeFileSync(file, JSON.stringify({ devices }));
      const recorded = (): Promise<readonly string[]> => {
        const found = recordOf(id).spec.linux.resources?.devices;
        return Promise.resolve(JSON.stringify(found) === JSON.stringify(devices) ? [] : [`the record has ${JSON.stringify(found)}`]);
      };
      return { id, args: ['update', '--resources', file, id], untrue: recorded };
    },
  },
  {
    name: 'delete',
    code: 0,
    prepare: async () => {
      const { id } = await stopped({ bundle: bundleOf('ending', () => makeBundle({ args: ['true'] })) });
      return { id, args: ['delete', id], untrue: () => remains(id) };
    },
  },
  onRunning(
    'delete --force',
    (id) => ['delete', '--force', id],
    (id) => remains(id),
  ),
  onRunning(
    'state',
    (id) => ['state', id],
    (id, { stdout }) => Promise.resolve(says(stdout, ({ id: told, status: now }) => told === id && now === 'running')),
  ),
  onRunning(
    'events',
    (id) => ['events', '--stats', id],
    (id, { stdout }) => Promise.resolve(says(stdout, (event) => event.id === id)),
  ),
  onRunning(
    'list',
    () => ['list', '--format', 'json'],
    (id, { stdout }) =>
      Promise.resolve(says(stdout, (all) => (all as unknown as readonly State[]).some((one) => one.id === id && one.status === 'running'))),
  ),
  onRunning(
    'ps',
    (id) => ['ps', '--format', 'json', id],
    async (id, { stdout }) => {
      const { pid } = await stateOf(id);
      return says(stdout, (pids) => pids.includes(pid));
    },
  ),
];

/** Checks that a document on standard output is complete and true. */
function says(text: string, truth: (document: State & unknown[]) => boolean): readonly string[] {
  try {
    if (truth(JSON.parse(text) as State & unknown[])) return [];
  } catch {
    // It is truncated.
  }
  return [`the output is ${JSON.stringify(text)}`];
}

/** Waits until the process that a killed verb left behind has reached a definite state. */
export async function settled(id: string): Promise<readonly string[]> {
  let found: readonly string[] = [];
  const calm = async (): Promise<boolean> => (found = await contradiction(id)).length === 0;
  await until('a state that is true', calm, 5_000).catch(() => undefined);
  return found;
}
