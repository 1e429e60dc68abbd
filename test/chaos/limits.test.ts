import {
  describe,
  expect,
  makeBundle,
  meet,
  newDirectory,
  newId,
  remains,
  runtimeCommand,
  start,
  test,
  verbCases,
  badWords,
  type Accident,
  type VerbCase,
} from './harness/index.js';

/** Options of prlimit(1): limits that some call of a verb exceeds, and some that none does. */
const limits: readonly string[] = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((count) => `--nofile=${count}`),
  // With less, the kernel kills the program in execve(2), so it cannot report anything.
  ...[12, 16, 24].map((megabytes) => `--as=${megabytes << 20}`),
  ...[6, 8].map((megabytes) => `--data=${megabytes << 20}`),
  ...[64, 256].map((kilobytes) => `--stack=${kilobytes << 10}`),
  '--fsize=1',
  '--nproc=1',
  '--memlock=0',
  '--sigpending=0',
];

const plenty = ['create', 'run', 'run --detach', 'start', 'exec', 'state', 'list', 'kill', 'delete --force'];

function accidents(verb: VerbCase): readonly Accident[] {
  return limits.map((limit) => ({ verb, action: ['limit', limit], at: 'a tiny limit' }));
}

describe('a tiny limit causes one clear error or none', () => {
  test.each(verbCases.filter(({ name }) => plenty.includes(name)))('in $name', (verb) =>
    meet({ verb, kind: 'limit', file: 'limits.test.ts', accidents: () => accidents(verb) }),
  );
});

describe('a full state root causes one clear error or none', () => {
  test.each(['size=4k', 'size=8k', 'size=12k', 'size=16k', 'nr_inodes=1', 'nr_inodes=2', 'nr_inodes=3', 'nr_inodes=4', 'nr_inodes=5'])(
    'in %s',
    async (option) => {
      const root = newDirectory();
      const id = newId();
      // In its own mount namespace, so that the file system is removed when the script ends.
      const script = `mount -t tmpfs -o ${option} tmpfs ${root}; "$@" create --bundle ${makeBundle().directory} ${id}; echo $?; "$@" delete --force ${id} 2>&1; echo $?; ls ${root}`;
      const { stdout, stderr } = await start([
        'unshare',
        '-m',
        '--propagation',
        'private',
        'sh',
        '-c',
        script,
        'sh',
        ...runtimeCommand,
        '--root',
        root,
      ]).done;
      const [created, deleted, ...left] = stdout.trim().split('\n');
      if (created !== '0') expect(badWords(stderr)).toEqual([]);
      expect(deleted).toBe('0');
      expect(left).toEqual([]);
      expect(await remains(id)).toEqual([]);
    },
  );
});
