import { cleanUp } from '../../errors/clean_up.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { latin1 } from '../../host/latin1.js';
import { killAndReap } from '../../init/reap.js';
import { sys } from '../../sys/call.js';
import { reapEnded } from '../../sys/reap_ended.js';
import type { Cloned, Fd, ProcessExit } from '../../sys/contract.js';

/** Milliseconds. It reads two small files. */
const timeout = 30_000;
const quoted = 4096;

/**
 * Lets newuidmap(1) or newgidmap(1), which have the rights, write a map that the caller may not write itself: /etc/subuid and /etc/subgid
 * say which ids are the caller's. The process is our child and waits for us, so its pid is not another process's.
 */
export async function runMapProgram({
  kind,
  pid,
  map,
}: {
  readonly kind: 'uid' | 'gid';
  readonly pid: number;
  readonly map: string;
}): Promise<void> {
  const name = `new${kind}map`;
  const path = findProgram(name);
  if (path === null)
    throw failed(name, 'it is not installed', 'install it (Debian: uidmap, Fedora: shadow-utils), or map only your own id');
  const { code, output } = await run(path, [name, String(pid), ...map.trim().split(/\s+/)]);
  if (code !== 0) {
    throw failed(
      name,
      output === '' ? `it ended with ${code}` : output,
      `/etc/sub${kind} must give the caller the ids of /linux/${kind}Mappings`,
    );
  }
}

/**
 * Looks in the caller's own PATH, because this process has no rights that the caller has not. With more, by a set-user-ID bit or
 * capabilities of the file, the caller would choose what runs with them.
 */
function findProgram(name: string): string | null {
  if (sys().ids().secure)
    throw failed(name, 'tsrun has rights that its caller has not', 'remove the set-user-ID bit or capabilities of tsrun');
  const directories = (sys().variable({ name: 'PATH' }) ?? '').split(':').filter((directory) => directory.startsWith('/'));
  for (const directory of [...directories, '/usr/bin']) {
    const path = `${directory}/${name}`;
    if (sys().access({ path, mode: 1 })) return path;
  }
  return null;
}

async function run(path: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const opened: Fd[] = [];
  try {
    const nothing = sys().open({ path: '/dev/null', flags: 2 });
    opened.push(nothing);
    const [from, to] = sys().pipe() as [Fd, Fd];
    opened.push(from, to);
    const child = sys().runProgram({
      path,
      args,
      environment: sys().environment(),
      directory: '/',
      stdin: nothing,
      stdout: to,
      stderr: to,
    });
    const code = await codeOf(path, child);
    // So that we see the end of its output.
    sys().close({ fd: opened.pop() as Fd });
    return { code, output: latin1(sys().readSome({ fd: from, limit: quoted })).trim() };
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

/** Waits for its end and closes its pidfd. A signal that killed it is no success: its code is not 0. */
async function codeOf(path: string, child: Cloned): Promise<number> {
  let exit: ProcessExit | null = null;
  try {
    if ((await sys().whenReadable({ fds: [child.pidfd], timeout })) >= 0) exit = await reapEnded(child.pidfd);
  } catch (error) {
    throw await cleanUp(error, [() => killAndReap(child)]);
  }
  if (exit === null) {
    await killAndReap(child);
    throw failed(path, `it did not end within ${timeout / 1000} s`, 'see whether a name service is slow: it looks up users');
  }
  sys().close({ fd: child.pidfd });
  return exit.code;
}

function failed(program: string, reason: string, hint: string): RuntimeError {
  return new RuntimeError(`map ids with "${program}": ${reason}`, {
    code: 'permission',
    phase: 'setup',
    operation: 'map ids',
    path: program,
    hint,
  });
}
