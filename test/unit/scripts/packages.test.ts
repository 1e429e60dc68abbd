import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const project = new URL('../../..', import.meta.url).pathname;
const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** os-release(5) of images of these distributions, as far as it is read. */
const releases = {
  debian: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
  ubuntu: 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\n',
  fedora: 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=42\n',
  alpine: 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.0\n',
  mint: 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n',
  rocky: 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n',
  arch: 'NAME="Arch Linux"\nID=arch\n',
} as const;

interface Machine {
  readonly release: keyof typeof releases;
  /** Packages that are there already. */
  readonly installed?: readonly string[];
  readonly uid?: number;
}

/** Runs a script after scripts/setup/packages.sh on a machine whose package managers only write down what they are asked for. */
function on({ release, installed = [], uid = 0 }: Machine, script: string) {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-packages-'));
  made.push(directory);
  const log = join(directory, 'log');
  const fake = (name: string, text: string): void => {
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(directory, name), 0o755);
  };
  writeFileSync(log, '');
  writeFileSync(join(directory, 'os-release'), releases[release]);
  writeFileSync(join(directory, 'installed'), installed.map((name) => `${name}\n`).join(''));
  for (const manager of ['apt-get', 'dnf']) fake(manager, `echo "${manager} $*" >> ${log}`);
  fake('id', `echo ${uid}`);
  const isInstalled = `for last; do :; done; grep -qxF -e "$last" ${directory}/installed`;
  fake('dpkg-query', `${isInstalled} && echo installed`);
  fake('rpm', isInstalled);
  fake('apk', `if [ "$1" = info ]; then ${isInstalled}; else echo "apk $*" >> ${log}; fi`);
  fake('clang', 'case $1 in -dumpversion) echo 14.0.6 ;; *) echo /nonexistent/libclang_rt.asan.so ;; esac');
  const line = `. scripts/setup/packages.sh\nfind_distribution ${directory}/os-release\n${script}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', line], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim(), asked: readFileSync(log, 'utf8').trim() };
}

describe('the distribution', () => {
  test.each([
    ['debian', 'debian'],
    ['ubuntu', 'ubuntu'],
    ['fedora', 'fedora'],
    ['alpine', 'alpine'],
    ['mint', 'ubuntu'],
    ['rocky', 'fedora'],
  ] as const)('of the os-release file of %s is %s', (release, distribution) => {
    expect(on({ release }, 'echo "$distribution"')).toMatchObject({ status: 0, stdout: distribution });
  });

  test('that is not known is refused with a sentence that names those that are', () => {
    const { status, stderr } = on({ release: 'arch' }, 'echo "$distribution"');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^setup.sh knows the packages of Debian, Ubuntu, Fedora and Alpine, .*docs\/building.md/) as string,
    });
  });

  test('without an os-release file is refused', () => {
    const { status, stderr } = on({ release: 'debian' }, 'find_distribution /nonexistent');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^\/nonexistent is missing/) as string });
  });
});

describe('the packages', () => {
  test.each([
    ['debian', 'libseccomp-dev pkg-config g++ make python3 xz-utils'],
    ['ubuntu', 'libseccomp-dev pkg-config g++ make python3 xz-utils debian-archive-keyring'],
    ['fedora', 'libseccomp-devel libseccomp-static pkgconf-pkg-config gcc-c++ libstdc++-static make python3 xz util-linux quickjs-devel'],
    ['alpine', 'libseccomp-dev libseccomp-static pkgconf g++ linux-headers make python3 xz quickjs-dev'],
  ] as const)('of %s for a build are its own names', (release, names) => {
    const { stdout } = on({ release }, 'echo $(packages_for build; packages_for engine)');
    expect(stdout).toBe(names);
  });

  test('of every line of the table are named for all four distributions', () => {
    const { stdout } = on({ release: 'debian' }, 'echo "$package_table" | awk \'NF != 0 && NF != 5\'');
    expect(stdout).toBe('');
  });

  test.each(['fedora', 'alpine'] as const)('for a cross build are refused on %s, with what to do instead', (release) => {
    const { status, stderr } = on({ release }, 'packages_for cross');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^--cross needs .*on Debian or Ubuntu/) as string });
  });
});

describe('installing', () => {
  const wanted = 'install_missing make g++';

  test.each([
    ['debian', 'apt-get -qq update\napt-get -qq install --no-install-recommends -y g++'],
    ['ubuntu', 'apt-get -qq update\napt-get -qq install --no-install-recommends -y g++'],
    ['fedora', 'dnf -q -y install --setopt=install_weak_deps=False g++'],
    ['alpine', 'apk add --quiet g++'],
  ] as const)('on %s asks its package manager for what is missing', (release, asked) => {
    expect(on({ release, installed: ['make'] }, wanted)).toMatchObject({ status: 0, asked });
  });

  test.each(['debian', 'fedora', 'alpine'] as const)('on %s asks for nothing if nothing is missing', (release) => {
    expect(on({ release, installed: ['make', 'g++'], uid: 1000 }, wanted)).toMatchObject({ status: 0, stdout: '', asked: '' });
  });

  test('without root names what is missing and asks for nothing', () => {
    expect(on({ release: 'fedora', installed: ['make'], uid: 1000 }, wanted)).toMatchObject({
      status: 1,
      stderr: 'missing packages: g++ (run as root, or install them)',
      asked: '',
    });
  });

  test("on Debian asks for the sanitizers' runtime of this version of clang", () => {
    expect(on({ release: 'debian' }, 'install_sanitizers').asked).toMatch(/-y libclang-rt-14-dev$/);
  });

  test("on Fedora and Alpine the sanitizers' runtime is a package like others", () => {
    for (const release of ['fedora', 'alpine'] as const) {
      expect(on({ release }, 'install_sanitizers').asked).toBe('');
      expect(on({ release }, 'packages_for tests').stdout).toMatch(/^compiler-rt$/m);
    }
  });
});
