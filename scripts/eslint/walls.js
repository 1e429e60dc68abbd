/**
 * Which rooms of `src/` may be imported from where (docs/architecture.md has the table in words). A folder or file that is not named here may import
 * nothing of ours but its own neighbours. `node:` marks the rooms that may use Node.js' own modules.
 */
const door = ['native/call', 'native/contract'];

export const walls = {
  'main.node': ['main', 'native/call', 'native/addon', 'node:'],
  'main.qjs': ['begin.qjs'],
  'begin.qjs': ['main', 'cli/verb', 'native/call', 'native/contract'],
  main: ['cli', 'errors', ...door],
  cli: ['commands', 'errors', 'container/options', 'native/call', 'native/contract', 'commander'],
  commands: ['cli', 'container', 'errors', 'json', 'spec', 'plan', 'host', ...door],
  json: [],
  spec: ['errors', 'json', 'host/facts', ...door],
  host: ['errors', ...door],
  // Pure questions about a configuration are asked in one place.
  plan: ['errors', 'json/integer64', 'spec/types', 'spec/names', 'spec/namespaces', 'host/facts'],
  native: ['errors'],
  'native/addon': ['native/contract', 'node:'],
  errors: ['json/integer64', 'plan/operations', 'native/steps', ...door],
  cgroup: ['errors', 'json/integer64', 'spec/types', 'spec/names', 'host/facts', 'host/controllers', 'host/cgroup_mount', 'plan/device_rules', ...door],
  resctrl: ['errors', 'spec/types', ...door],
  // The status follows from the record and from what is seen of the process and the cgroup.
  state: ['errors', 'json', 'spec/types', 'host/process', 'cgroup/freeze', ...door],
  container: ['cgroup', 'errors', 'host', 'json', 'native', 'plan', 'resctrl', 'spec', 'state'],
  library: ['container', 'errors', 'plan/types', 'spec', 'state', 'native/addon', ...door, 'node:'],
};

/** `a/b` is inside `a`. */
const inside = (path, room) => path === room || path.startsWith(`${room}/`);

/** The most specific entry of the table for a file below src/. */
const roomOf = (file) =>
  Object.keys(walls)
    .filter((room) => inside(file, room))
    .sort((a, b) => b.length - a.length)[0];

function resolve(file, specifier) {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.replace(/\.js$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The rule: an import that crosses a wall of the table. */
export const wallRule = {
  meta: { type: 'problem', schema: [], messages: { wall: '"{{room}}" may not import "{{target}}": see scripts/eslint/walls.js' } },
  create(context) {
    const file = context.filename.split('/src/').pop().replace(/\.ts$/, '');
    const room = roomOf(file);
    function check(node) {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      const target = specifier.startsWith('.') ? resolve(file, specifier) : specifier.startsWith('node:') ? 'node:' : specifier;
      const allowed = room === undefined ? [] : [room, ...walls[room]];
      // A more specific entry is a room of its own: being inside an allowed one does not open it.
      const open = allowed.some((other) => inside(target, other) && (walls[target] === undefined || target === other || !target.includes('/')));
      if (!open) context.report({ node, messageId: 'wall', data: { room: room ?? file, target } });
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};
