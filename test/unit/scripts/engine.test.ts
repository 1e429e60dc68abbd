import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const project = new URL('../../..', import.meta.url).pathname;
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tsrun-engine-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string, mode = 0o644): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** A program in a directory that is put into PATH. */
const program = (name: string, text: string): string => file(`bin/${name}`, `#!/bin/sh\n${text}\n`, 0o755);

function run(command: readonly [string, ...string[]], environment: Record<string, string> = {}) {
  const [name, ...args] = command;
  const { TSRUN_QUICKJS: _engine, TSRUN_DEBIAN_MIRROR: _mirror, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`, ...environment };
  const { status, stdout, stderr } = spawnSync(name, args, { cwd: project, encoding: 'utf8', env });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

/** A distribution's QuickJS, which pkg-config finds. */
function installed({ library = '', header = '' }): void {
  file('lib/libquickjs.a', library);
  file('include/quickjs.h', header);
  program('pkg-config', `case $* in *includedir*) echo ${directory}/include ;; *libdir*) echo ${directory}/lib ;; esac`);
}

const quickjs = (version: string) => ({ library: `\0QuickJS memory usage -- ${version} version\0` });
const ng = (major: number, minor: number) => ({
  header: `#define QJS_VERSION_MAJOR ${major}\n#define QJS_VERSION_MINOR ${minor}\n#define QJS_VERSION_PATCH 0\n`,
});
const locate = (wanted: string) => run(['scripts/quickjs/locate.sh'], { TSRUN_QUICKJS: wanted });
const needed = '2025-04-26 or newer, or quickjs-ng 0.17.0 or newer, is needed (docs/building.md)';

describe("the distribution's QuickJS", () => {
  test.each([
    ['2025-04-26', quickjs('2025-04-26')],
    ['2025-09-13', quickjs('2025-09-13')],
    ['ng 0.17.0', ng(0, 17)],
    ['ng 1.2.0', ng(1, 2)],
  ])('%s is used', (version, engine) => {
    installed(engine);
    expect(locate('system')).toEqual({
      status: 0,
      stdout: [`${directory}/include`, `${directory}/lib/libquickjs.a`, version].join('\n'),
      stderr: '',
    });
  });

  test.each([
    ['QuickJS 2021-03-27', quickjs('2021-03-27')],
    ['QuickJS ng 0.9.0', ng(0, 9)],
    ['a QuickJS without a version', {}],
  ])('%s is refused as too old, with what is needed', (words, engine) => {
    installed(engine);
    expect(locate('system')).toEqual({ status: 1, stdout: '', stderr: `TSRUN_QUICKJS=system: ${words} is too old: ${needed}` });
  });

  test('that is not there is refused with the name of its package in each distribution', () => {
    program('pkg-config', 'exit 1');
    const { status, stderr } = run(['scripts/quickjs/locate.sh'], { TSRUN_QUICKJS: 'system', CC: 'false' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'TSRUN_QUICKJS=system: no installed libquickjs.a was found: install libquickjs (Debian, Ubuntu), quickjs-devel (Fedora) or quickjs-dev (Alpine) (docs/building.md)',
    });
  });

  test('a directory without sources or a library is refused', () => {
    expect(locate(directory)).toEqual({
      status: 1,
      stdout: '',
      stderr: `TSRUN_QUICKJS=${directory}: ${directory} has no quickjs.c (docs/building.md)`,
    });
  });
});

describe("the sources from Debian's archive", () => {
  /** scripts/quickjs with another place of Debian's keys. */
  function scripts({ keyring }: { keyring: boolean }): string {
    const copy = join(directory, 'scripts');
    cpSync(join(project, 'scripts/quickjs'), copy, { recursive: true });
    const place = keyring ? file('keyring.gpg', '') : '/nonexistent';
    const text = readFileSync(join(copy, 'apt.sh'), 'utf8');
    writeFileSync(join(copy, 'apt.sh'), text.replace(/^debian_keyring=.*$/m, `debian_keyring=${place}`));
    return join(copy, 'fetch.sh');
  }
  const fetch = (script: string, environment = {}) => run([script, 'quickjs', join(directory, 'engine')], environment);
  const own = 'or set TSRUN_QUICKJS to a directory with the sources of QuickJS 2025-04-26 or newer (docs/building.md)';

  test('need apt-get, which Fedora and Alpine do not have', () => {
    for (const name of ['sh', 'dirname', 'mktemp', 'rm']) {
      mkdirSync(join(directory, 'few'), { recursive: true });
      symlinkSync(run(['sh', '-c', `command -v ${name}`]).stdout, join(directory, 'few', name));
    }
    expect(fetch('scripts/quickjs/fetch.sh', { PATH: join(directory, 'few') })).toEqual({
      status: 1,
      stdout: '',
      stderr: `QuickJS comes from Debian's archive, and there is no apt-get here: install your distribution's QuickJS for development, ${own}`,
    });
  });

  test("need Debian's keys, which Ubuntu has in a package", () => {
    program('apt-get', 'exit 1');
    expect(fetch(scripts({ keyring: false }))).toEqual({
      status: 1,
      stdout: '',
      stderr: `QuickJS comes from Debian's archive, and its keys are missing: install the package debian-archive-keyring, ${own}`,
    });
  });

  test("need the address of Debian's archive, which Ubuntu does not have", () => {
    program('apt-get', 'exit 1');
    program('python3', 'echo "no Debian archive in /etc/apt" >&2; exit 1');
    expect(fetch(scripts({ keyring: true }))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        `QuickJS comes from Debian's archive, and /etc/apt names none: set TSRUN_DEBIAN_MIRROR=http://deb.debian.org/debian, ${own}`,
      ) as string,
    });
  });

  test('need keys of that release, which the keyring of an older distribution lacks', () => {
    program('apt-get', 'echo "E: NO_PUBKEY 78DBA3BC47EF2265" >&2; exit 100');
    const { status, stderr } = fetch(scripts({ keyring: true }), { TSRUN_DEBIAN_MIRROR: 'http://mirror.example/debian' });
    expect({ status, lines: stderr.split('\n') }).toEqual({
      status: 1,
      lines: [
        'E: NO_PUBKEY 78DBA3BC47EF2265',
        `apt-get could not read Debian's archive at http://mirror.example/debian: if a public key is not available, the installed debian-archive-keyring is older than that release of Debian: install a newer one, ${own}`,
      ],
    });
  });
});

describe("the address of Debian's archive", () => {
  const mirror = (environment = {}) => run(['python3', 'scripts/quickjs/mirror.py', join(directory, 'apt')], environment);

  test.each([
    ['sources.list', 'deb http://mirror.example/debian bookworm main\n'],
    ['sources.list', '# deb http://old.example/debian x main\ndeb [signed-by=/key.gpg] http://mirror.example/debian bookworm main\n'],
    ['sources.list.d/own.list', 'deb http://own.example/apt stable main\ndeb-src http://mirror.example/debian bookworm main\n'],
    ['sources.list.d/debian.sources', 'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n'],
  ])('is read from %s', (name, text) => {
    file(`apt/${name}`, text);
    file('apt/sources.list.d/security.list', 'deb http://mirror.example/debian-security bookworm-security main\n');
    expect(mirror()).toEqual({ status: 0, stdout: 'http://mirror.example/debian', stderr: '' });
  });

  test.each([
    ['sources.list', 'deb http://archive.ubuntu.com/ubuntu jammy main universe\n'],
    ['sources.list.d/ubuntu.sources', 'Types: deb\nURIs: http://archive.ubuntu.com/ubuntu/\nSuites: noble\nComponents: main\n'],
  ])("is not in Ubuntu's %s", (name, text) => {
    file(`apt/${name}`, text);
    expect(mirror()).toEqual({ status: 1, stdout: '', stderr: `no Debian archive in ${directory}/apt` });
  });

  test('is TSRUN_DEBIAN_MIRROR if that is set, whatever its path', () => {
    file('apt/sources.list', 'deb http://mirror.example/debian bookworm main\n');
    const chosen = 'http://cache.example:3142/archive';
    expect(mirror({ TSRUN_DEBIAN_MIRROR: chosen })).toEqual({ status: 0, stdout: chosen, stderr: '' });
  });
});
