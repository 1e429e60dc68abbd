/**
 * Which folders of `src/` may be imported from where (docs/architecture.md has the table in words). A folder or file that is not listed
 * here may import only its own neighbours. `node:` marks the folders that may use Node.js' modules. The order is that of the floors: an
 * import goes down, and test/unit/docs/walls.test.ts compares those that do not, and openings that nothing uses, with decision 0019.
 */
export const walls = {
  entry: ['commands', 'cli', 'errors', 'sys'],
  'entry/node': ['entry/node_command'],
  'entry/node_command': ['entry', 'sys', 'sys/addon'],
  'entry/shim': ['entry/offer_shim', 'shim', 'container/delete', 'features', 'cli/help/version', 'sys'],
  'entry/offer_shim': ['shim', 'cli/help/version', 'sys', 'sys/server'],
  'entry/shim_call': ['entry/offer_shim', 'cli/shims/complete'],
  commands: ['json', 'cli', 'container', 'bundle', 'spec', 'plan/print', 'features', 'probe', 'host', 'init/reap', 'errors', 'sys'],
  cli: ['state/root/default', 'errors', 'sys'],
  'cli/help': ['cli', 'cli/help/commander', 'spec/version', 'sys'],
  'cli/help/commander': ['cli', 'commander'],
  library: [
    'container',
    'cache/process',
    'init/streams',
    'plan/types',
    'plan/print',
    'bundle',
    'features',
    'host/controllers',
    'host/mounts/cgroup',
    'host/seccomp_flags',
    'json/text',
    'spec',
    'state/id',
    'state/root/default',
    'errors',
    'sys',
    'sys/addon',
    'node:',
  ],
  shim: ['container', 'cgroup', 'init', 'spec', 'state', 'host', 'errors', 'protobuf', 'sys', 'sys/server'],
  container: [
    'cache',
    'init',
    'plan',
    'seccomp',
    'cgroup',
    'resctrl',
    'systemd',
    'state',
    'bundle',
    'spec',
    'protocol',
    'protobuf',
    'host',
    'errors',
    'sys',
  ],
  probe: ['init', 'protocol', 'spec/names', 'host', 'errors', 'sys'],
  init: ['plan/types', 'protocol', 'state', 'errors', 'sys'],
  features: ['plan/mounts/options', 'spec'],
  seccomp: ['json', 'spec', 'protocol', 'host/facts', 'cache/directory', 'errors', 'sys'],
  cache: ['plan', 'spec', 'cgroup', 'state', 'host'],
  'cache/directory': ['cache/directories', 'sys'],
  'cache/directories': ['sys'],
  plan: ['json', 'protocol', 'spec', 'host/facts', 'errors'],
  bundle: ['spec', 'host/facts', 'host/regular_file', 'errors', 'sys'],
  cgroup: ['json', 'spec', 'host', 'errors', 'sys'],
  resctrl: ['spec', 'errors', 'sys'],
  systemd: ['spec', 'protocol/utf8', 'host', 'errors', 'sys'],
  state: ['json', 'spec', 'host', 'errors', 'sys'],
  host: ['spec/names', 'errors', 'sys'],
  protobuf: ['protocol/utf8'],
  protocol: ['json', 'spec/names'],
  spec: ['json', 'host/facts', 'errors'],
  json: [],
  errors: ['sys'],
  sys: [],
  'sys/addon': ['sys', 'node:'],
};

/** `a/b` is inside `a`. */
export const inside = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/** The most specific entry of the table for a file below src/. */
export const folderOf = (file) =>
  Object.keys(walls)
    .filter((folder) => inside(file, folder))
    .sort((a, b) => b.length - a.length)[0];

/** What a file below src/ names by a relative specifier, or by another one. */
export function targetOf(file, specifier) {
  if (!specifier.startsWith('.')) return specifier.startsWith('node:') ? 'node:' : specifier;
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.replace(/\.js$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The rule: reports an import that crosses a wall of the table. */
export const wallRule = {
  meta: { type: 'problem', schema: [], messages: { wall: '"{{folder}}" may not import "{{target}}": see scripts/eslint/walls.js' } },
  create(context) {
    const file = context.filename.split('/src/').pop().replace(/\.ts$/, '');
    const folder = folderOf(file);
    function check(node) {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      const target = targetOf(file, specifier);
      const allowed = folder === undefined ? [] : [folder, ...walls[folder]];
      // A more specific entry is a folder of its own: being inside an allowed folder does not open it.
      const open = allowed.some(
        (other) => inside(target, other) && (walls[target] === undefined || target === other || !target.includes('/')),
      );
      if (!open) context.report({ node, messageId: 'wall', data: { folder: folder ?? file, target } });
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};
