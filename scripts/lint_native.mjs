/**
 * Usage: node scripts/lint_native.mjs
 *
 * What the C++ sources must not call or include, each with the reason. eslint.config.js has the same for TypeScript.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A call of a C function: not a member (`x.open(`), and not a name in one of our namespaces (`sys::open(`). */
const call = (...names) => new RegExp(`(?<![\\w.>:])(?:::)?(?:${names.join('|')})\\s*\\(`);
const systemCall = (...names) => new RegExp(`\\b__NR_(?:${names.join('|')})\\b`);

const forbidden = [
  { in: 'native/', pattern: call('system', 'popen'), why: 'no shell between us and a program: arguments become code' },
  { in: 'native/', pattern: call('strcpy', 'strcat', 'sprintf', 'vsprintf', 'gets'), why: 'writes beyond the end of a buffer' },
  {
    in: 'native/',
    // The server is a copy of the small executable, on purpose: it continues in the heap that is there.
    except: 'native/quickjs/server/',
    pattern: call('fork', 'daemon'),
    why: 'copies the page tables of a big process: use clone3 with CLONE_VM, or vfork',
  },
  { in: 'native/', pattern: call('setenv', 'putenv'), why: 'not safe beside other threads of Node.js' },
  {
    in: 'native/init/',
    pattern: systemCall(
      'open',
      'creat',
      'mkdir',
      'mknod',
      'symlink',
      'link',
      'rename',
      'unlink',
      'rmdir',
      'chown',
      'lchown',
      'chmod',
      'access',
      'setxattr',
    ),
    why: 'a path that is looked up twice can change in between (CVE-2021-30465, CVE-2019-19921): resolve it once with openat2, use the descriptor',
  },
  ...['core', 'quickjs', 'node'].map((folder) => ({
    in: `native/${folder}/`,
    pattern:
      /#include <(?:map|set|list|unordered_\w+|iostream|[if]?stream|sstream|fstream|regex|thread|condition_variable|filesystem|locale|future|any)>|\bmake_shared</,
    why: 'needs functions of libstdc++ that the build for musl has not (scripts/package/musl/runtime.cc)',
  })),
  {
    in: 'native/init/',
    pattern: /#include <(?:sys\/\w+|[a-z]+)\.h>/,
    why: "tsrun-init has no C library, and its headers repeat the kernel's: musl's sys/prctl.h and linux/prctl.h define the same structure; include linux/ or asm/",
  },
  {
    in: 'native/init/',
    pattern: systemCall('setuid', 'setgid', 'setreuid', 'setregid'),
    why: 'leaves a saved id behind: setresuid, setresgid',
  },
];

const all = readdirSync('native', { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .map((name) => join('native', name));
const files = all.filter((file) => !file.startsWith('native/test/'));

/** The text with comments and strings blanked; line numbers stay the same. */
const codeOf = (text) => text.replace(/\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, (match) => ' '.repeat(match.length));

const problems = files.flatMap((file) =>
  codeOf(readFileSync(file, 'utf8'))
    .split('\n')
    .flatMap((line, index) =>
      forbidden
        .filter((rule) => file.startsWith(rule.in) && !(rule.except && file.startsWith(rule.except)) && rule.pattern.test(line))
        .map((rule) => `${file}:${index + 1}: ${rule.pattern.exec(line)[0]}: ${rule.why}`),
    ),
);

/** Whether a file includes <cstdint>, or one of our files does that it includes. */
function hasIntegers(file, seen = new Set()) {
  if (seen.has(file) || !all.includes(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (/#include <(?:cstdint|stdint\.h)>/.test(text)) return true;
  return [...text.matchAll(/#include "([^"]+)"/g)].some(([, name]) => hasIntegers(join(dirname(file), name), seen));
}

const integers = /\bu?int(?:8|16|32|64|ptr)_t\b/;
for (const file of all) {
  const [type] = integers.exec(codeOf(readFileSync(file, 'utf8'))) ?? [];
  if (type !== undefined && !hasIntegers(file))
    problems.push(`${file}: ${type}: include <cstdint>; which header of the C++ library does depends on its version`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
