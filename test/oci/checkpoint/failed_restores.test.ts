/** A restore that fails, whatever fails, leaves nothing on the machine. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import { recordingCriu } from '../../programs/criu/recording.js';
import {
  afterTest,
  can,
  describe,
  expect,
  fail,
  joinNamespace,
  makeBundle,
  mark,
  newDirectory,
  newId,
  runtime,
  test,
  type Bundle,
} from '../harness/index.js';
import { added, machine } from './machine.js';
import { count, save } from './saved.js';

const call = { timeout: 60_000 };

/** An attempt to restore: the case changes it so that it fails. */
interface Attempt {
  readonly bundle: Bundle;
  readonly image: string;
  /** An empty directory for an upper layer. */
  readonly layer: string;
  readonly flags: string[];
  readonly env: Record<string, string>;
}

interface Case {
  readonly change: (attempt: Attempt) => void;
  readonly words: string | RegExp;
}

const hooks =
  (kind: string, path: string) =>
  ({ bundle }: Attempt): void => {
    Object.assign(bundle.config, { hooks: { [kind]: [{ path }] } });
  };

function private700(): string {
  const directory = newDirectory();
  chmodSync(directory, 0o700);
  return directory;
}

/** What is wrong before CRIU has done anything, or what tsrun itself does; with each CRIU. */
const always: Readonly<Record<string, Case>> = {
  'the image is missing': {
    change: ({ image }) => {
      rmSync(image, { recursive: true });
    },
    words: 'no such file or directory (ENOENT)',
  },
  "tsrun's part of the image is damaged": {
    change: ({ image }) => {
      writeFileSync(`${image}/tsrun.json`, '{"descriptors": 7}');
    },
    words: 'the image has no valid "tsrun.json"',
  },
  'the root file system is missing': {
    change: ({ bundle }) => {
      rmSync(bundle.rootfs, { recursive: true });
    },
    words: 'rootfs',
  },
  'the cgroup cannot be made': {
    change: ({ bundle }) => {
      bundle.config.linux.cgroupsPath = `/${mark}${'/x'.repeat(2000)}`;
    },
    words: /file name too long \(ENAMETOOLONG\)|cgroup/,
  },
  'the network namespace is gone': {
    change: ({ bundle }) => {
      joinNamespace(bundle.config, 'network', '/run/netns/absent');
    },
    words: '/run/netns/absent',
  },
  'a prestart hook fails': { change: hooks('prestart', '/bin/false'), words: 'error running prestart hook #0' },
  'a createRuntime hook fails': { change: hooks('createRuntime', '/bin/false'), words: 'error running createRuntime hook #0' },
  'the pid file cannot be written': {
    change: ({ flags, bundle }) => {
      flags.push('--pid-file', `${bundle.directory}/absent/pid`);
    },
    words: 'absent/pid',
  },
  'the pidfd socket is gone': {
    change: ({ flags, bundle }) => {
      flags.push('--pidfd-socket', `${bundle.directory}/absent.sock`);
    },
    words: 'absent.sock',
  },
  'the image has an upper layer, and there is no space for it': {
    change: ({ image, flags, layer }) => {
      mkdirSync(`${image}/overlay/upper`, { recursive: true, mode: 0o700 });
      chmodSync(`${image}/overlay`, 0o700);
      writeFileSync(`${image}/overlay/upper/large`, Buffer.alloc(1 << 20, 7));
      const saved = JSON.parse(readFileSync(`${image}/tsrun.json`, 'utf8')) as object;
      writeFileSync(`${image}/tsrun.json`, JSON.stringify({ ...saved, layer: true }));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', layer]);
      afterTest(() => execFileSync('umount', [layer]));
      flags.push(`--overlay=${layer}`);
    },
    words: 'no space left on device (ENOSPC)',
  },
};

async function leavesNothing(attempt: Attempt, { change, words }: Case): Promise<void> {
  const { bundle, image, layer, flags, env } = attempt;
  change(attempt);
  bundle.save();
  const before = machine(image, layer);
  const error = fail(
    await runtime(['restore', '--detach', '--image-path', image, '--bundle', bundle.directory, ...flags, newId()], { ...call, env }),
  );
  expect(error).toMatch(words);
  expect(error).not.toContain('while cleaning up');
  expect(await added(before, image, layer)).toEqual([]);
}

describe.runIf(can.tsrun)('a restore leaves nothing if', () => {
  function recorded(more: Readonly<Record<string, string>> = {}): Attempt {
    const { env, image } = recordingCriu();
    mkdirSync(image);
    writeFileSync(`${image}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
    return { bundle: makeBundle(), image, layer: private700(), flags: [], env: { ...env, ...more } };
  }

  test.each(Object.entries(always))('%s', (_, wrong) => leavesNothing(recorded(), wrong));

  test.each(['request', 'pre-restore', 'setup-namespaces', 'post-setup-namespaces', 'post-restore', 'post-resume'])(
    'CRIU is killed at its step %s',
    (step) => leavesNothing(recorded({ FAKE_CRIU_DIE: step }), { change: () => undefined, words: 'it was killed: signal: killed' }),
  );

  test('CRIU is too old', () =>
    leavesNothing(recorded({ FAKE_CRIU_VERSION: '3.10' }), { change: () => undefined, words: 'CRIU 3.16 or newer is required' }));

  test('the console socket is gone', () =>
    leavesNothing(recorded({ FAKE_CRIU_TERMINAL: '1' }), {
      change: ({ bundle, flags }) => {
        bundle.config.process.terminal = true;
        flags.push('--console-socket', `${bundle.directory}/absent.sock`);
      },
      words: 'absent.sock',
    }));
});

describe.runIf(can.tsrun && hasCriu)('a restore by CRIU itself leaves nothing if', () => {
  async function saved(): Promise<Attempt> {
    const { bundle, image } = await save({ script: count });
    return { bundle, image, layer: private700(), flags: [], env: {} };
  }

  /** A hook with the processes of CRIU, which are children of tsrun as it is, in $criu. */
  const inHook =
    (kind: string, script: string): Case['change'] =>
    ({ bundle }) => {
      const path = `${bundle.directory}/hook`;
      const find = 'criu=; for p in $(cat /proc/$PPID/task/*/children); do grep -q criu: /proc/$p/cmdline && criu="$criu $p"; done';
      writeFileSync(path, `#!/bin/sh\n${find}\n${script}\n`, { mode: 0o755 });
      hooks(kind, path)({ bundle } as Attempt);
    };

  const cases: Readonly<Record<string, Case>> = {
    ...always,
    'a file of the image is missing': {
      change: ({ image }) => {
        rmSync(`${image}/pstree.img`);
      },
      words: 'CRIU failed: ',
    },
    'a file of the image is cut off': {
      change: ({ image }) => {
        truncateSync(`${image}/core-1.img`, 40);
      },
      words: 'CRIU failed: ',
    },
    'CRIU is killed when the namespaces are there': { change: inHook('createRuntime', 'kill -9 $criu'), words: 'CRIU failed: ' },
    'the security profile does not exist': {
      change: ({ flags }) => {
        flags.push('--lsm-profile', 'nonsense:absent');
      },
      words: 'CRIU failed: ',
    },
    'a poststart hook fails': { change: hooks('poststart', '/bin/false'), words: 'poststart' },
  };

  test.each(Object.entries(cases))('%s', async (_, wrong) => leavesNothing(await saved(), wrong));
});
